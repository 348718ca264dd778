using Patrol.Core.Lifetimes;
using Patrol.Core.Tokens;

namespace Patrol.Server.Settings;

/// <summary>
/// What the fourteen system properties of Atlassian's personal access tokens say (<c>-Datlassian.pats.…</c>); defaults as
/// documented. How they are written is in <see cref="AtlassianProperty"/>.
/// </summary>
public sealed record AtlassianProperties
{
    /// <summary>Tokens can be made and used at all.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Tokens without an expiry may be made.</summary>
    public bool EternalTokensEnabled { get; init; } = !LifetimePolicy.Atlassian.ExpiryRequired;

    /// <summary>Mails are sent about tokens that expire.</summary>
    public bool MailNotificationsEnabled { get; init; } = true;

    /// <summary>The last use of tokens is written down every so many minutes.</summary>
    public int LastUsedUpdateIntervalMins { get; init; } = 1;

    /// <summary>When expired tokens are deleted.</summary>
    public CronSchedule PruningSchedule { get; init; } = CronSchedule.Read("0 0 0 * * ?").Schedule!;

    /// <summary>How many days expired tokens are kept.</summary>
    public int PruningDelayDays { get; init; } = 30;

    /// <summary>How many days a token may last at most. Binds new tokens only.</summary>
    public int MaxTokensExpiryDays { get; init; } = LifetimePolicy.Atlassian.MaximumDays;

    /// <summary>How many tokens that are not expired a user may have.</summary>
    public int MaxTokensPerUser { get; init; } = 10;

    /// <summary>How many minutes a token is remembered by verification before it is read again.</summary>
    public int AuthCacheExpiryMins { get; init; } = 60;

    /// <summary>How many tokens verification remembers.</summary>
    public int AuthCacheMaxItems { get; init; } = 5000;

    /// <summary>When it is looked which tokens are expired or expire soon.</summary>
    public CronSchedule ExpiryCheckSchedule { get; init; } = CronSchedule.Read("0 0 * * * ?").Schedule!;

    /// <summary>How many days before its end a token begins to expire soon.</summary>
    public int ExpiryWarningDays { get; init; } = 5;

    /// <summary>A request with a token leaves no session behind.</summary>
    public bool InvalidateSessionEnabled { get; init; } = true;

    /// <summary>How many characters a token's name may have.</summary>
    public int TokenNameLength { get; init; } = 40;

    public LifetimePolicy Lifetime => new(!EternalTokensEnabled, MaxTokensExpiryDays);

    /// <summary>Whatever the other dialect's settings say, nothing brings an expired token back.</summary>
    public TokenPolicy TokenPolicy => new(ExpiryEnforced: true, ImpersonationEnabled: true, Enabled);
}
