using System.Globalization;

namespace Patrol.Server.Settings;

/// <summary>One of Atlassian's system properties: its name, how its value is written, and whether it can change while the server runs.</summary>
public sealed class AtlassianProperty
{
    /// <summary>What all names start with.</summary>
    public const string Prefix = "atlassian.pats.";

    // The rest of a million days would end after the year 9999.
    private const int MostDays = 1_000_000;
    private const int MostMinutes = 100_000_000;
    private const int MostItems = 100_000_000;
    private const int LongestName = 255;

    /// <summary>All of them, in the order of Atlassian's page.</summary>
    public static readonly IReadOnlyList<AtlassianProperty> All =
    [
        Flag("enabled", all => all.Enabled, (all, value) => all with { Enabled = value }),
        Flag("eternal.tokens.enabled", all => all.EternalTokensEnabled, (all, value) => all with { EternalTokensEnabled = value }),
        Flag("mail.notifications.enabled", all => all.MailNotificationsEnabled, (all, value) => all with { MailNotificationsEnabled = value }),
        Number("last.used.update.interval.mins", 1, MostMinutes, all => all.LastUsedUpdateIntervalMins, (all, value) => all with { LastUsedUpdateIntervalMins = value }),
        Cron("pruning.schedule.cron", all => all.PruningSchedule, (all, value) => all with { PruningSchedule = value }),
        Number("pruning.delay.days", 0, MostDays, all => all.PruningDelayDays, (all, value) => all with { PruningDelayDays = value }),
        Number("max.tokens.expiry.days", 1, MostDays, all => all.MaxTokensExpiryDays, (all, value) => all with { MaxTokensExpiryDays = value }),
        Number("max.tokens.per.user", 0, MostItems, all => all.MaxTokensPerUser, (all, value) => all with { MaxTokensPerUser = value }),
        Number("auth.cache.expiry.mins", 0, MostMinutes, all => all.AuthCacheExpiryMins, (all, value) => all with { AuthCacheExpiryMins = value }),
        Number("auth.cache.max.items", 0, MostItems, all => all.AuthCacheMaxItems, (all, value) => all with { AuthCacheMaxItems = value }, atStartOnly: true),
        Cron("expiry.check.schedule.cron", all => all.ExpiryCheckSchedule, (all, value) => all with { ExpiryCheckSchedule = value }),
        Number("expiry.warning.days", 0, MostDays, all => all.ExpiryWarningDays, (all, value) => all with { ExpiryWarningDays = value }),
        Flag("invalidate.session.enabled", all => all.InvalidateSessionEnabled, (all, value) => all with { InvalidateSessionEnabled = value }),
        Number("token.name.length", 1, LongestName, all => all.TokenNameLength, (all, value) => all with { TokenNameLength = value }),
    ];

    private readonly Func<AtlassianProperties, object> get;
    private readonly Func<AtlassianProperties, string, (AtlassianProperties? Changed, string? Wrong)> set;

    private AtlassianProperty(
        string name, bool atStartOnly, Func<AtlassianProperties, object> get, Func<AtlassianProperties, string, (AtlassianProperties? Changed, string? Wrong)> set) =>
        (Name, AtStartOnly, this.get, this.set) = (Prefix + name, atStartOnly, get, set);

    /// <summary>The whole name.</summary>
    public string Name { get; }

    /// <summary>What it sets is made at the start.</summary>
    public bool AtStartOnly { get; }

    /// <summary>The value: a <see cref="bool"/>, an <see cref="int"/> or a text.</summary>
    public object Get(AtlassianProperties all) => get(all);

    /// <summary>All properties with this one as written there; or what is wrong with it, to follow its name.</summary>
    public (AtlassianProperties? Changed, string? Wrong) Set(AtlassianProperties all, string text) => set(all, text.Trim());

    private static AtlassianProperty Flag(string name, Func<AtlassianProperties, bool> get, Func<AtlassianProperties, bool, AtlassianProperties> set) =>
        new(name, atStartOnly: false, all => get(all), (all, text) => bool.TryParse(text, out var value) ? (set(all, value), null) : (null, "must be true or false"));

    private static AtlassianProperty Number(
        string name, int least, int most, Func<AtlassianProperties, int> get, Func<AtlassianProperties, int, AtlassianProperties> set, bool atStartOnly = false) =>
        new(name, atStartOnly, all => get(all), (all, text) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
                ? (set(all, value), null)
                : (null, $"must be a whole number from {least} to {most}"));

    private static AtlassianProperty Cron(string name, Func<AtlassianProperties, CronSchedule> get, Func<AtlassianProperties, CronSchedule, AtlassianProperties> set) =>
        new(name, atStartOnly: true, all => get(all).Text, (all, text) =>
        {
            var (schedule, wrong) = CronSchedule.Read(text);
            return schedule is null ? (null, wrong) : (set(all, schedule), null);
        });
}
