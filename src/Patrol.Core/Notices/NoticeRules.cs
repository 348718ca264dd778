using Patrol.Core.Lifetimes;

namespace Patrol.Core.Notices;

/// <summary>
/// What somebody is to be told of a token's end. What they have been told counts for the end it was said of: a token whose date is
/// changed is new to them.
/// </summary>
public static class NoticeRules
{
    /// <summary>The window of what has ended.</summary>
    public const int Ended = 0;

    /// <summary>The window to tell somebody of, or null.</summary>
    /// <param name="policy">When people are told.</param>
    /// <param name="expiresAt">The first instant at which the token does not work.</param>
    /// <param name="told">The narrowest window that they have been told of for this end, if any.</param>
    /// <param name="since">The instant up to which ends have been told; earlier ones are over and done with.</param>
    /// <param name="now">The instant of the look.</param>
    public static int? Owed(NoticePolicy policy, DateTimeOffset expiresAt, int? told, DateTimeOffset since, DateTimeOffset now)
    {
        if (policy.TellsEnd && expiresAt > since && expiresAt <= now)
            return told == Ended ? null : Ended;
        var window = Window(policy, expiresAt, now);
        // Whoever was told of fewer days need not hear of more, when windows were added or widened in between.
        return window < (told ?? int.MaxValue) ? window : null;
    }

    /// <summary>The narrowest window of warnings that a token is in, or null.</summary>
    public static int? Window(NoticePolicy policy, DateTimeOffset expiresAt, DateTimeOffset now)
    {
        // GitLab's narrowest window begins with the day of the end itself, when the token works no more.
        if (policy.ByDate ? UtcDay.Of(expiresAt) < UtcDay.Of(now) : expiresAt <= now)
            return null;
        int? narrowest = null;
        foreach (var days in policy.WarningDays)
        {
            var within = policy.ByDate
                ? UtcDay.Of(expiresAt).DayNumber - UtcDay.Of(now).DayNumber <= days
                : expiresAt - now <= TimeSpan.FromDays(days);
            if (within && !(narrowest <= days))
                narrowest = days;
        }
        return narrowest;
    }
}
