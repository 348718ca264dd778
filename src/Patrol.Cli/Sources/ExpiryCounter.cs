namespace Patrol.Cli.Sources;

/// <summary>Counts tokens by day, for systems that do not count themselves.</summary>
internal sealed class ExpiryCounter
{
    private readonly Dictionary<DateOnly, long> days = [];
    private long none;

    public void Add(DateOnly? expiresAt, long count = 1)
    {
        if (expiresAt is { } day)
            days[day] = days.GetValueOrDefault(day) + count;
        else
            none += count;
    }

    /// <summary>The biggest counts; among equals no day first, then later days first, as the rake task has them.</summary>
    public IReadOnlyList<ExpiryCount> Biggest() =>
        [.. All().OrderByDescending(day => day.Count).ThenByDescending(day => day.ExpiresAt ?? DateOnly.MaxValue).Take(ExpiryAnalysis.Top)];

    /// <summary>The biggest counts of coming days; among equals earlier days first.</summary>
    public IReadOnlyList<ExpiryCount> Coming(DateOnly today, int top) =>
        [.. All().Where(day => day.ExpiresAt > today).OrderByDescending(day => day.Count).ThenBy(day => day.ExpiresAt).Take(top)];

    private IEnumerable<ExpiryCount> All() => days.Select(day => new ExpiryCount(day.Key, day.Value)).Concat(none > 0 ? [new ExpiryCount(null, none)] : []);
}
