using System.Globalization;
using System.Text;

namespace Patrol.Server.Telemetry;

/// <summary>What is counted or measured under one name.</summary>
/// <param name="Name">As Prometheus writes it: a counter's ends in <c>_total</c>.</param>
/// <param name="Help">What it is, in a sentence.</param>
/// <param name="Samples">Its values now, each with its labels.</param>
internal sealed record MetricFamily(string Name, string Help, IReadOnlyList<MetricSample> Samples)
{
    private const string CounterEnd = "_total";

    /// <summary>It only ever grows.</summary>
    public bool IsCounter => Name.EndsWith(CounterEnd, StringComparison.Ordinal);

    /// <summary>The name without what Prometheus puts behind a counter's.</summary>
    public string BareName => IsCounter ? Name[..^CounterEnd.Length] : Name;

    /// <summary>Writes it in Prometheus' text form.</summary>
    public void Write(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"# HELP {Name} {Help}\n# TYPE {Name} {(IsCounter ? "counter" : "gauge")}\n");
        foreach (var sample in Samples)
        {
            var labels = string.Join(',', sample.Labels.Select(label => $"{label.Name}=\"{label.Value}\""));
            text.Append(CultureInfo.InvariantCulture, $"{Name}{(labels.Length > 0 ? $"{{{labels}}}" : "")} {sample.Value}\n");
        }
    }
}

/// <summary>One value; the labels never hold anything of a token or a person.</summary>
internal readonly record struct MetricSample(long Value, params (string Name, string Value)[] Labels);
