using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
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
        if (asked.WarningDaysChange is { } days && WarningDays.Read(days) is null)
            return new("expiry_warning_days", WarningDays.Wanted);
        return CheckAtlassian(asked) ?? CheckPrefix("personal_access_token_prefix", asked.PersonalAccessTokenPrefix)
            ?? CheckPrefix("instance_token_prefix", asked.InstanceTokenPrefix);
    }

    private static Refusal.Invalid? CheckAtlassian(InstanceSettings asked)
    {
        foreach (var property in AtlassianProperty.All)
        {
            if (!asked.AtlassianChanges.TryGetValue(property.Name, out var text))
                continue;
            if (property.AtStartOnly)
                return new(property.Name, "can only be set at the start of the server");
            if (property.Set(asked.Atlassian, text).Wrong is { } wrong)
                return new(property.Name, wrong);
        }
        return null;
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

    private static string Describe(InstanceSettings before, InstanceSettings after)
    {
        var differences = Values(before).Zip(Values(after)).Where(pair => pair.First != pair.Second)
            .Select(pair => $"{pair.First.Name}: {pair.First.Value} -> {pair.Second.Value}").ToArray();
        return differences.Length == 0 ? "nothing changed" : string.Join("; ", differences);
    }

    // By the names that the settings have in APIs.
    private static IEnumerable<(string Name, string Value)> Values(InstanceSettings settings) => typeof(InstanceSettings).GetProperties()
        .Where(property => property.GetCustomAttribute<JsonIgnoreAttribute>() is null && property.Name != nameof(InstanceSettings.MaxLifetimeSetAt))
        .Select(property => (JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name), Written(property.GetValue(settings))))
        .Append(("expiry_warning_days", settings.WarningDays.ToString()))
        .Concat(AtlassianProperty.All.Select(property => (property.Name, Written(property.Get(settings.Atlassian)))));

    private static string Written(object? value) => JsonSerializer.Serialize(value);
}
