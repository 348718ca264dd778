using Patrol.Core.Lifetimes;

namespace Patrol.Core.Notices;

/// <summary>When people are told that a token ends. One type for both dialects and all of their jobs.</summary>
/// <param name="WarningDays">The windows before the end, each by how many days it is wide; empty for no warnings.</param>
/// <param name="ByDate">Days are counted between UTC dates, as GitLab does; else in 24 hours, as Atlassian does.</param>
/// <param name="TellsEnd">People are told, too, when it has ended.</param>
public sealed record NoticePolicy(IReadOnlyList<int> WarningDays, bool ByDate, bool TellsEnd)
{
    /// <summary>GitLab's windows (since 17.6): 7, 30 and 60 days.</summary>
    public static readonly IReadOnlyList<int> GitLabDays = [7, 30, 60];

    /// <summary>GitLab's job of 01:00 UTC.</summary>
    public static NoticePolicy GitLabWarnings(IReadOnlyList<int> days) => new(days, ByDate: true, TellsEnd: false);

    /// <summary>GitLab's job of 02:00 UTC.</summary>
    public static readonly NoticePolicy GitLabEnd = new([], ByDate: true, TellsEnd: true);

    /// <summary>Atlassian's check, given <c>expiry.warning.days</c>; none for 0 days.</summary>
    public static NoticePolicy Atlassian(int days) => new(days > 0 ? [days] : [], ByDate: false, TellsEnd: true);

    /// <summary>Between which ends, both included, tokens can be of interest.</summary>
    /// <param name="since">The instant up to which ends have been told.</param>
    /// <param name="now">The instant of the look.</param>
    public (DateTimeOffset From, DateTimeOffset To) Reach(DateTimeOffset since, DateTimeOffset now)
    {
        var start = ByDate ? UtcDay.Start(UtcDay.Of(now)) : now;
        // By dates, a window takes in the whole of its last day.
        var widest = WarningDays.Count == 0 ? now : ByDate ? start.AddDays(WarningDays.Max() + 1).AddTicks(-1) : start.AddDays(WarningDays.Max());
        return (TellsEnd && since < start ? since : start, widest);
    }
}
