using System.Collections.Immutable;
using System.Globalization;
using Patrol.Server.Settings;
using Patrol.Server.Web.Layout;

namespace Patrol.Server.Web.Administration;

/// <summary>What the settings' page shows: the settings in force, what was typed instead, what is wrong with it.</summary>
public sealed record SettingsForm(InstanceSettings Settings, IFormCollection Typed, IReadOnlyDictionary<string, string> Errors)
{
    /// <summary>What a field shows.</summary>
    public string Text(string name, object? current) => Typed.Count > 0 ? Typed[name].ToString() : Write(current);

    public bool Flag(string name, bool current) => Typed.Count > 0 ? Typed[name] == "true" : current;

    public static string Write(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}

/// <summary>The instance's settings: lifetimes, prefixes, what is told to whom, Atlassian's properties.</summary>
internal sealed class SettingsPages(SettingsStore store, ChangeSettings change, Handover handover)
{
    public const string Address = "/admin/settings";

    public void Map(PageRoutes routes)
    {
        routes.Get(Address, page => Task.FromResult(page.Show<SettingsPage>(
            new SettingsForm(store.Current, FormCollection.Empty, ImmutableDictionary<string, string>.Empty))), PageAccess.Administrators);
        routes.Post(Address, Save, PageAccess.Administrators);
    }

    private async Task<IResult> Save(PageRequest page)
    {
        var form = page.Form;
        var wrong = new Dictionary<string, string>(StringComparer.Ordinal);
        int? Number(string name, bool mayBeEmpty)
        {
            var text = page.Field(name);
            if (text is null && mayBeEmpty)
                return null;
            if (int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number))
                return number;
            wrong[name] = page.Words["A whole number is needed."];
            return null;
        }
        bool Flag(string name) => form[name] == "true";
        var (days, minutes) = (Number("max_personal_access_token_lifetime", mayBeEmpty: true), Number("last_used_update_interval_minutes", mayBeEmpty: false));
        InstanceSettings Change(InstanceSettings current) => current with
        {
            RequirePersonalAccessTokenExpiry = Flag("require_personal_access_token_expiry"),
            MaxPersonalAccessTokenLifetime = days,
            EnforcePatExpiration = Flag("enforce_pat_expiration"),
            ServiceAccessTokensExpirationEnforced = Flag("service_access_tokens_expiration_enforced"),
            PersonalAccessTokenPrefix = page.Field("personal_access_token_prefix") ?? "",
            InstanceTokenPrefix = page.Field("instance_token_prefix") ?? "",
            DisablePersonalAccessTokens = Flag("disable_personal_access_tokens"),
            ImpersonationEnabled = Flag("impersonation_enabled"),
            AdminMode = Flag("admin_mode"),
            ResourceAccessTokenNotifyInherited = Flag("resource_access_token_notify_inherited"),
            LastUsedUpdateIntervalMinutes = minutes ?? current.LastUsedUpdateIntervalMinutes,
            WarningDaysChange = page.Field("expiry_warning_days") is var text && text == current.WarningDays.ToString() ? current.WarningDaysChange : text,
            AtlassianChanges = AtlassianChanges(page, current),
        };
        if (wrong.Count > 0)
            return Again(page, wrong);
        var changed = await change.Handle(page.Caller, Change, page.Now);
        return changed.Refusal is { } refusal ? Again(page, Refusals.At(refusal, page.Words)) : handover.Redirect(page, Address, "The settings are saved.");
    }

    private IResult Again(PageRequest page, IReadOnlyDictionary<string, string> wrong) =>
        page.Show<SettingsPage>(new SettingsForm(store.Current, page.Form, wrong), StatusCodes.Status422UnprocessableEntity);

    // What says the same as is in force anyway is not a change.
    private static Dictionary<string, string> AtlassianChanges(PageRequest page, InstanceSettings current)
    {
        var changes = new Dictionary<string, string>(current.AtlassianChanges, StringComparer.Ordinal);
        foreach (var property in AtlassianProperty.All.Where(property => !property.AtStartOnly))
        {
            var text = page.Field(property.Name) ?? (property.Get(current.Atlassian) is bool ? "false" : "");
            if (text != SettingsForm.Write(property.Get(current.Atlassian)))
                changes[property.Name] = text;
        }
        return changes;
    }
}
