namespace Patrol.Core.Lifetimes;

/// <summary>How near a token is to its end, as Atlassian's lists show it.</summary>
public enum ExpiryStage
{
    Active,

    /// <summary>It ends within the days of warning.</summary>
    ExpiresSoon,

    /// <summary>It has ended, and nothing brings it back.</summary>
    Expired,
}

/// <summary>Tells stages apart.</summary>
public static class ExpiryStages
{
    /// <summary>The stage of a token.</summary>
    /// <param name="expiresAt">The first instant at which it no longer works; null if it never ends.</param>
    /// <param name="now">The instant that is asked for.</param>
    /// <param name="warningDays">How many days of 24 hours before its end it begins to expire soon.</param>
    public static ExpiryStage Of(DateTimeOffset? expiresAt, DateTimeOffset now, int warningDays) =>
        expiresAt is not { } end ? ExpiryStage.Active
        : end <= now ? ExpiryStage.Expired
        : end - now <= TimeSpan.FromDays(warningDays) ? ExpiryStage.ExpiresSoon
        : ExpiryStage.Active;
}
