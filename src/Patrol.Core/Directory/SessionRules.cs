namespace Patrol.Core.Directory;

/// <summary>How long somebody stays signed in.</summary>
public static class SessionRules
{
    /// <summary>What a session's text begins with, by which it is known where it should not be, such as in an address.</summary>
    public const string TextPrefix = "ptrs_";

    /// <summary>A session that is not used ends after this time: longer than a working day is interrupted.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromHours(8);

    /// <summary>However much it is used, it ends after this time; GitLab's week.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    // A busy session is not written at every request.
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(10);

    /// <summary>When a session ends that is used now and not again.</summary>
    public static DateTimeOffset EndsAt(DateTimeOffset openedAt, DateTimeOffset now) => now + Idle < openedAt + Longest ? now + Idle : openedAt + Longest;

    /// <summary>The end to write down now, or null if the one written down is near enough.</summary>
    public static DateTimeOffset? Prolonged(DateTimeOffset openedAt, DateTimeOffset writtenEnd, DateTimeOffset now) =>
        EndsAt(openedAt, now) is var end && end - writtenEnd >= Step ? end : null;
}
