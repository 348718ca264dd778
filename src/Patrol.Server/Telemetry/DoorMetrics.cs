using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Patrol.Server.Telemetry;

/// <summary>The doors at which services ask.</summary>
public enum DoorKind
{
    Verify,
    Git,
    Registry,
    Introspection,
}

/// <summary>Counts what the doors answered and how long it took. Labels are the door and the sort of answer, nothing of the token.</summary>
internal sealed class DoorMetrics
{
    /// <summary>The upper bounds of the times' classes, in seconds.</summary>
    public static readonly double[] Bounds = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.1, 1];
    private static readonly string[] Outcomes = ["opened", "unauthenticated", "forbidden", "malformed"];
    private static readonly string[] Doors = [.. Enum.GetNames<DoorKind>().Select(name => name.ToLowerInvariant())];
    private readonly long[] answers = new long[Doors.Length * Outcomes.Length];
    private readonly long[] buckets = new long[Doors.Length * (Bounds.Length + 1)];
    private readonly long[] ticks = new long[Doors.Length];

    /// <summary>Where else the times are recorded, if anywhere.</summary>
    public Histogram<double>? Times { get; set; }

    public void Answered(DoorKind door, int status, TimeSpan took)
    {
        var outcome = status switch
        {
            < 400 => 0,
            StatusCodes.Status401Unauthorized => 1,
            StatusCodes.Status403Forbidden or StatusCodes.Status404NotFound => 2,
            _ => 3,
        };
        Interlocked.Increment(ref answers[(int)door * Outcomes.Length + outcome]);
        var bucket = 0;
        while (bucket < Bounds.Length && took.TotalSeconds > Bounds[bucket])
            bucket++;
        Interlocked.Increment(ref buckets[(int)door * (Bounds.Length + 1) + bucket]);
        Interlocked.Add(ref ticks[(int)door], took.Ticks);
        Times?.Record(took.TotalSeconds, KeyValuePair.Create<string, object?>("door", Doors[(int)door]));
    }

    public MetricFamily Answers() => new("patrol_door_answers_total", "What the doors answered.",
        [.. answers.Select((_, i) => new MetricSample(Volatile.Read(ref answers[i]), ("door", Doors[i / Outcomes.Length]), ("outcome", Outcomes[i % Outcomes.Length])))]);

    /// <summary>Writes how long the doors took, in Prometheus' text form.</summary>
    public void WriteTimes(StringBuilder text)
    {
        text.Append("# HELP patrol_door_answer_seconds How long the doors took to answer.\n# TYPE patrol_door_answer_seconds histogram\n");
        for (var door = 0; door < Doors.Length; door++)
        {
            var count = 0L;
            for (var bucket = 0; bucket <= Bounds.Length; bucket++)
            {
                count += Volatile.Read(ref buckets[door * (Bounds.Length + 1) + bucket]);
                var bound = bucket < Bounds.Length ? Bounds[bucket].ToString(CultureInfo.InvariantCulture) : "+Inf";
                text.Append(CultureInfo.InvariantCulture, $"patrol_door_answer_seconds_bucket{{door=\"{Doors[door]}\",le=\"{bound}\"}} {count}\n");
            }
            var seconds = TimeSpan.FromTicks(Volatile.Read(ref ticks[door])).TotalSeconds;
            text.Append(CultureInfo.InvariantCulture, $"patrol_door_answer_seconds_sum{{door=\"{Doors[door]}\"}} {seconds}\npatrol_door_answer_seconds_count{{door=\"{Doors[door]}\"}} {count}\n");
        }
    }
}
