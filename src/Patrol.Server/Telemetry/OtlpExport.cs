using System.Diagnostics;
using System.Diagnostics.Metrics;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Patrol.Server.Access;
using Patrol.Server.Storage;

namespace Patrol.Server.Telemetry;

/// <summary>
/// Sends what <c>/metrics</c> tells to an OpenTelemetry collector as well, if the variables that OpenTelemetry defines name one
/// (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c> and its relatives; https://opentelemetry.io/docs/specs/otel/protocol/exporter/).
/// </summary>
internal sealed class OtlpExport : IHostedService
{
    private const string MeterName = "Patrol";

    // One export asks for each name by itself; all are of the same reading.
    private static readonly TimeSpan OneExport = TimeSpan.FromSeconds(1);

    private readonly Metrics metrics;
    private readonly TokenCache cache;
    private readonly StoredMetrics stored;
    private readonly Meter meter;
    private readonly Lock reading = new();
    private List<MetricFamily> families = [];
    private long? readAt;

    public OtlpExport(Metrics metrics, TokenCache cache, StoredMetrics stored, IMeterFactory meters)
    {
        (this.metrics, this.cache, this.stored) = (metrics, cache, stored);
        meter = meters.Create(MeterName);
    }

    /// <summary>Adds the export if it is asked for.</summary>
    public static void Add(IServiceCollection services, IConfiguration configuration)
    {
        bool IsSet(string name) => !string.IsNullOrWhiteSpace(configuration[name]);
        if ((!IsSet("OTEL_EXPORTER_OTLP_ENDPOINT") && !IsSet("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT")) ||
            string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase) || configuration["OTEL_METRICS_EXPORTER"] == "none")
            return;
        services.AddHostedService<OtlpExport>();
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(IsSet("OTEL_SERVICE_NAME") ? configuration["OTEL_SERVICE_NAME"]! : "patrol-server"))
            .WithMetrics(provider => provider.AddMeter(MeterName).AddOtlpExporter());
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var family in await ReadAll())
        {
            if (family.IsCounter)
                meter.CreateObservableCounter(family.BareName, () => Observe(family.Name), description: family.Help);
            else
                meter.CreateObservableGauge(family.BareName, () => Observe(family.Name), description: family.Help);
        }
        metrics.Doors.Times = meter.CreateHistogram(
            "patrol_door_answer", "s", "How long the doors took to answer.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = DoorMetrics.Bounds });
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private IEnumerable<Measurement<long>> Observe(string name)
    {
        List<MetricFamily> current;
        lock (reading)
        {
            if (readAt is not { } at || Stopwatch.GetElapsedTime(at) > OneExport)
            {
                // The exporter has a thread of its own, which may wait.
                families = ReadAll().GetAwaiter().GetResult();
                readAt = Stopwatch.GetTimestamp();
            }
            current = families;
        }
        return current.Where(family => family.Name == name).SelectMany(family => family.Samples)
            .Select(sample => new Measurement<long>(sample.Value, sample.Labels.Select(label => KeyValuePair.Create<string, object?>(label.Name, label.Value))));
    }

    private async Task<List<MetricFamily>> ReadAll()
    {
        var all = metrics.Read(cache).ToList();
        try
        {
            all.AddRange(await stored.Read());
        }
        catch (DatabaseAwayException)
        {
            // What is in the database is not told while it is away.
        }
        return all;
    }
}
