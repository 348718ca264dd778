namespace Patrol.Core.Tokens;

/// <summary>What to write down when a token is used; GitLab's intervals, so that busy tokens do not keep the database busy.</summary>
public static class LastUseRules
{
    /// <summary>How many addresses a token remembers.</summary>
    public const int MostAddresses = 5;

    /// <summary>The least time after the recorded last use before a new address is written down.</summary>
    public static readonly TimeSpan AddressInterval = TimeSpan.FromMinutes(1);

    /// <summary>Whether the instant of this use is written down.</summary>
    /// <param name="recorded">The recorded last use, null if never.</param>
    /// <param name="now">This use.</param>
    /// <param name="interval">The least time between two writes: 10 minutes in GitLab, 24 hours before 16.1.</param>
    public static bool WritesInstant(DateTimeOffset? recorded, DateTimeOffset now, TimeSpan interval) =>
        recorded is null || now - recorded >= interval;

    /// <summary>Whether an address that is not remembered yet is written down.</summary>
    public static bool WritesAddress(DateTimeOffset? recorded, DateTimeOffset now) =>
        recorded is null || now - recorded >= AddressInterval;
}
