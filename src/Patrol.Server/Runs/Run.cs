namespace Patrol.Server.Runs;

/// <summary>One run of a job, as recorded. Instants are Unix milliseconds.</summary>
public sealed record Run
{
    /// <summary>It did all there was to do.</summary>
    public const string Done = "done";

    /// <summary>It was tried too often.</summary>
    public const string Failed = "failed";

    /// <summary>Not a run: since when the job is known, so that nothing is caught up from before.</summary>
    public const string Known = "known";

    public const string Columns = "id, job, due_at, node, attempts, lease_until, started_at, finished_at, outcome, detail";

    public long Id { get; init; }
    public string Job { get; init; } = "";
    public long DueAt { get; init; }

    /// <summary>Which server runs it.</summary>
    public string Node { get; init; } = "";
    public long Attempts { get; init; }
    public long LeaseUntil { get; init; }
    public long StartedAt { get; init; }
    public long? FinishedAt { get; init; }

    /// <summary>Null while it is being run or waits for another try.</summary>
    public string? Outcome { get; init; }

    /// <summary>What was done, or why it failed.</summary>
    public string? Detail { get; init; }
}
