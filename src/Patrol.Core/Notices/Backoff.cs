namespace Patrol.Core.Notices;

/// <summary>When something that could not be sent is tried again.</summary>
public static class Backoff
{
    /// <summary>The longest pause between two tries.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(6);

    /// <summary>How long it is tried.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromDays(3);

    /// <summary>The instant of the next try, or null if there is to be none.</summary>
    /// <param name="attempts">How often it has been tried, at least once.</param>
    /// <param name="first">When it was to be sent.</param>
    /// <param name="now">The instant of the last try.</param>
    public static DateTimeOffset? Next(long attempts, DateTimeOffset first, DateTimeOffset now)
    {
        var pause = attempts > 10 ? Longest : TimeSpan.FromMinutes(1 << (int)(attempts - 1));
        return now - first >= Patience ? null : now + (pause < Longest ? pause : Longest);
    }
}
