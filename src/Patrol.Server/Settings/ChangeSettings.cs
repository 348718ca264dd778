using Patrol.Core.Lifetimes;
using Patrol.Core.Results;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Storage;

namespace Patrol.Server.Settings;

/// <summary>Changes the instance's settings; what is asked for is checked as a whole, and nothing or all of it happens.</summary>
internal sealed class ChangeSettings(Database database, SettingsStore store)
{
    private const int LongestPrefix = 20;
    private const int LongestIntervalMinutes = 7 * 24 * 60;

    /// <summary>Changes them; answers the settings in force from now on.</summary>
    public async Task<Result<InstanceSettings>> Handle(Caller caller, Func<InstanceSettings, InstanceSettings> change, DateTimeOffset now)
    {
        if (!caller.IsAdmin)
            return new Refusal.Forbidden();
        var asked = change(store.Current);
        if (Check(asked) is { } refusal)
            return refusal;
        return await database.Write<Result<InstanceSettings>>(async scope =>
        {
            var before = store.Current;
            var after = await store.Change(scope, current => NoteLifetime(change(current), current, now));
            await AuditLog.Write(scope, caller, "settings.change", "settings", null, Describe(before, after), now);
            return after;
        });
    }

    private static Refusal.Invalid? Check(InstanceSettings asked)
    {
        if (asked.MaxPersonalAccessTokenLifetime is < 1 or > LifetimePolicy.GitLabMaximumDays)
            return new("max_personal_access_token_lifetime", $"must be between 1 and {LifetimePolicy.GitLabMaximumDays}");
        if (asked.LastUsedUpdateIntervalMinutes is < 0 or > LongestIntervalMinutes)
            return new("last_used_update_interval_minutes", $"must be between 0 and {LongestIntervalMinutes}");
        return CheckPrefix("personal_access_token_prefix", asked.PersonalAccessTokenPrefix)
            ?? CheckPrefix("instance_token_prefix", asked.InstanceTokenPrefix);
    }

    private static Refusal.Invalid? CheckPrefix(string field, string prefix)
    {
        if (prefix.Length > LongestPrefix)
            return new(field, $"is too long (maximum is {LongestPrefix} characters)");
        return prefix.All(c => char.IsAsciiLetterOrDigit(c) || "_+=/@:.-".Contains(c))
            ? null
            : new(field, "can contain only letters of the Base64 alphabet (RFC4648) with the addition of '@', ':' and '.'");
    }

    // Older tokens that last longer are ended some hours later, so that a slip can be taken back.
    private static InstanceSettings NoteLifetime(InstanceSettings after, InstanceSettings before, DateTimeOffset now) =>
        after.MaxPersonalAccessTokenLifetime == before.MaxPersonalAccessTokenLifetime ? after
        : after with { MaxLifetimeSetAt = after.MaxPersonalAccessTokenLifetime is null ? null : now.ToUnixTimeMilliseconds() };

    private static string Describe(InstanceSettings before, InstanceSettings after) => before == after ? "nothing changed" : $"{before} -> {after}";
}
