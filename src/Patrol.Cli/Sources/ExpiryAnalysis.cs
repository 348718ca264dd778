namespace Patrol.Cli.Sources;

/// <summary>How many tokens expire on a day.</summary>
/// <param name="ExpiresAt">The UTC day; null counts those that never expire.</param>
/// <param name="Count">How many tokens.</param>
internal readonly record struct ExpiryCount(DateOnly? ExpiresAt, long Count);

/// <summary>What <c>analyze</c> shows.</summary>
/// <param name="Migration">GitLab 16.0's migration that gave every token a date; null where it never ran.</param>
/// <param name="Days">The biggest counts.</param>
internal sealed record ExpiryAnalysis(MigrationRun? Migration, IReadOnlyList<ExpiryCount> Days)
{
    /// <summary>Whether the system tells about the migration at all.</summary>
    public bool TellsMigration { get; init; } = true;

    /// <summary>How many days are shown.</summary>
    public const int Top = 10;
}

/// <summary>When a migration ran, each instant as <c>2023-06-15 10:20:35 +0000</c>, empty if it has not come.</summary>
internal sealed record MigrationRun(string StartedAt, string FinishedAt);
