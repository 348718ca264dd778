using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Telemetry;

/// <summary>An OpenTelemetry collector is sent what <c>/metrics</c> tells.</summary>
public sealed class OtlpExportTests
{
    [Fact]
    public async Task A_collector_gets_the_numbers_of_metrics_and_nothing_of_any_token()
    {
        await using var collector = await Collector.Start();
        await using var app = await PatrolApp.Start(
            $"--OTEL_EXPORTER_OTLP_ENDPOINT={collector.Address}", "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "--OTEL_METRIC_EXPORT_INTERVAL=100",
            "--OTEL_EXPORTER_OTLP_HEADERS=x-collector=mine");
        using var client = app.Client();
        Assert.Equal(HttpStatusCode.NoContent, (await client.GetAsync(new Uri(app.Address, "/auth/verify"))).StatusCode);
        string[] wanted =
        [
            "patrol_token_verifications", "verdict", "good", "patrol_token_cache_hits", "patrol_tokens_cached", "patrol_door_answers", "outcome", "opened", "patrol_door_answer",
            "patrol_tokens", "state", "active", "patrol_outbox_items", "patrol-server",
        ];
        await Eventually.True(() => Task.FromResult(collector.Bodies.Any(body => Array.TrueForAll(wanted, word => body.Contains(word, StringComparison.Ordinal)))), "all have come");
        Assert.All(collector.Bodies, body => Assert.DoesNotContain(PatrolApp.RootToken, body, StringComparison.Ordinal));
        Assert.All(collector.Bodies, body => Assert.DoesNotContain("_total", body, StringComparison.Ordinal));
        Assert.Equal(["/v1/metrics mine"], collector.Requests.Distinct());
        var told = await client.GetStringAsync(new Uri(app.Address, "/metrics"));
        Assert.Contains("patrol_door_answers_total{door=\"verify\",outcome=\"opened\"} 1\n", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_collector_that_is_not_there_keeps_nobody_waiting()
    {
        await using var app = await PatrolApp.Start("--OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1", "--OTEL_METRIC_EXPORT_INTERVAL=100");
        using var client = app.Client();
        Assert.Equal(HttpStatusCode.NoContent, (await client.GetAsync(new Uri(app.Address, "/auth/verify"))).StatusCode);
    }

    /// <summary>Takes what is sent to it, and keeps it.</summary>
    private sealed class Collector(WebApplication app) : IAsyncDisposable
    {
        public ConcurrentQueue<string> Bodies { get; } = new();

        public ConcurrentQueue<string> Requests { get; } = new();

        public string Address => app.Urls.First();

        public static async Task<Collector> Start()
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
            builder.Logging.ClearProviders();
            var app = builder.Build();
            var collector = new Collector(app);
            app.Run(async http =>
            {
                using var body = new MemoryStream();
                await http.Request.Body.CopyToAsync(body);
                collector.Requests.Enqueue($"{http.Request.Path} {http.Request.Headers["x-collector"]}");
                // Protocol buffers hold texts as they are.
                collector.Bodies.Enqueue(Encoding.Latin1.GetString(body.ToArray()));
                http.Response.ContentType = "application/x-protobuf";
            });
            await app.StartAsync();
            return collector;
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
