using System.Text.Json.Serialization;
using Patrol.Core.Results;
using Patrol.Server.Settings;

namespace Patrol.Server.Wire.GitLab;

/// <summary>The instance's settings, for administrators: <c>/application/settings</c>.</summary>
internal sealed class SettingsApi(SettingsStore settings, ChangeSettings change)
{
    private static readonly string[] Names =
    [
        "require_personal_access_token_expiry", "max_personal_access_token_lifetime", "personal_access_token_prefix", "instance_token_prefix",
        "service_access_tokens_expiration_enforced", "disable_personal_access_tokens", "resource_access_token_notify_inherited",
        "allow_local_requests_from_web_hooks_and_services", "allow_local_requests_from_system_hooks", "granular_tokens_enforced", "impersonation_enabled", "admin_mode", "last_used_update_interval_minutes", "enforce_pat_expiration",
        "expiry_warning_days",
    ];

    public void Map(GitLabRoutes routes)
    {
        routes.Get("/application/settings", Get);
        routes.Put("/application/settings", Put);
    }

    private Task<Answer> Get(GitLabRequest request) =>
        Task.FromResult(request.Caller.IsAdmin ? Answer.Ok(new SettingsJson(settings.Current), GitLabJson.Default.SettingsJson) : Answer.Forbidden());

    private async Task<Answer> Put(GitLabRequest request)
    {
        if (!request.Caller.IsAdmin)
            return Answer.Forbidden();
        var parameters = request.Parameters;
        if (!Names.Any(parameters.Has) && !AtlassianProperty.All.Any(property => Written(parameters, property) is not null))
            parameters.Problem(string.Join(", ", Names), "are missing, at least one parameter must be provided");
        bool Flag(string name, bool current) => parameters.Has(name) ? parameters.Boolean(name) ?? current : current;
        string Prefix(string name, string current) => parameters.Has(name) ? parameters.Text(name) ?? "" : current;
        InstanceSettings Change(InstanceSettings current) => current with
        {
            RequirePersonalAccessTokenExpiry = Flag("require_personal_access_token_expiry", current.RequirePersonalAccessTokenExpiry),
            MaxPersonalAccessTokenLifetime = parameters.Has("max_personal_access_token_lifetime")
                ? Days(parameters.Integer("max_personal_access_token_lifetime"))
                : current.MaxPersonalAccessTokenLifetime,
            PersonalAccessTokenPrefix = Prefix("personal_access_token_prefix", current.PersonalAccessTokenPrefix),
            InstanceTokenPrefix = Prefix("instance_token_prefix", current.InstanceTokenPrefix),
            ServiceAccessTokensExpirationEnforced = Flag("service_access_tokens_expiration_enforced", current.ServiceAccessTokensExpirationEnforced),
            DisablePersonalAccessTokens = Flag("disable_personal_access_tokens", current.DisablePersonalAccessTokens),
            ResourceAccessTokenNotifyInherited = Flag("resource_access_token_notify_inherited", current.ResourceAccessTokenNotifyInherited),
            AllowLocalRequestsFromWebHooksAndServices =
                Flag("allow_local_requests_from_web_hooks_and_services", current.AllowLocalRequestsFromWebHooksAndServices),
            AllowLocalRequestsFromSystemHooks = Flag("allow_local_requests_from_system_hooks", current.AllowLocalRequestsFromSystemHooks),
            GranularTokensEnforced = Flag("granular_tokens_enforced", current.GranularTokensEnforced),
            ImpersonationEnabled = Flag("impersonation_enabled", current.ImpersonationEnabled),
            AdminMode = Flag("admin_mode", current.AdminMode),
            LastUsedUpdateIntervalMinutes =
                (int)Math.Clamp(parameters.Integer("last_used_update_interval_minutes") ?? current.LastUsedUpdateIntervalMinutes, int.MinValue, int.MaxValue),
            EnforcePatExpiration = Flag("enforce_pat_expiration", current.EnforcePatExpiration),
            // What is null again is as at the start.
            WarningDaysChange = parameters.Has("expiry_warning_days") ? parameters.Text("expiry_warning_days") : current.WarningDaysChange,
            AtlassianChanges = AtlassianChanges(parameters, current.AtlassianChanges),
        };
        // Reads every parameter once, so that wrong types are told before anything is decided.
        Change(settings.Current);
        if (parameters.Problems is not null)
            return Answer.BadParameters(parameters);
        var changed = await change.Handle(request.Caller, Change, request.Now);
        if (changed.Succeeded(out var current, out var refusal))
            return Answer.Ok(new SettingsJson(current), GitLabJson.Default.SettingsJson);
        return refusal is Refusal.Invalid invalid ? Answer.InvalidModel(invalid) : Answer.Refused(refusal);
    }

    // What is null again is as at the start.
    private static Dictionary<string, string> AtlassianChanges(Parameters parameters, IReadOnlyDictionary<string, string> current)
    {
        var changes = new Dictionary<string, string>(current, StringComparer.Ordinal);
        foreach (var property in AtlassianProperty.All)
        {
            if (Written(parameters, property) is not { } name)
                continue;
            if (parameters.Text(name) is { } text)
                changes[property.Name] = text;
            else
                changes.Remove(property.Name);
        }
        return changes;
    }

    // With dots as documented, or as other settings are written.
    private static string? Written(Parameters parameters, AtlassianProperty property) =>
        parameters.Has(property.Name) ? property.Name
        : property.Name.Replace('.', '_') is var name && parameters.Has(name) ? name
        : null;

    private static int? Days(long? days) => days is { } number ? (int)Math.Clamp(number, int.MinValue, int.MaxValue) : null;
}

internal sealed class SettingsJson(InstanceSettings settings)
{
    public int Id => 1;

    public bool RequirePersonalAccessTokenExpiry => settings.RequirePersonalAccessTokenExpiry;

    public int? MaxPersonalAccessTokenLifetime => settings.MaxPersonalAccessTokenLifetime;

    public string PersonalAccessTokenPrefix => settings.PersonalAccessTokenPrefix;

    public string InstanceTokenPrefix => settings.InstanceTokenPrefix;

    public bool ServiceAccessTokensExpirationEnforced => settings.ServiceAccessTokensExpirationEnforced;

    public bool DisablePersonalAccessTokens => settings.DisablePersonalAccessTokens;

    public bool ResourceAccessTokenNotifyInherited => settings.ResourceAccessTokenNotifyInherited;

    public bool AllowLocalRequestsFromWebHooksAndServices => settings.AllowLocalRequestsFromWebHooksAndServices;

    public bool AllowLocalRequestsFromSystemHooks => settings.AllowLocalRequestsFromSystemHooks;

    public bool GranularTokensEnforced => settings.GranularTokensEnforced;

    public bool ImpersonationEnabled => settings.ImpersonationEnabled;

    public bool AdminMode => settings.AdminMode;

    public int LastUsedUpdateIntervalMinutes => settings.LastUsedUpdateIntervalMinutes;

    public bool EnforcePatExpiration => settings.EnforcePatExpiration;

    public string ExpiryWarningDays => settings.WarningDays.ToString();

    /// <summary>By their documented names, with dots.</summary>
    [JsonExtensionData]
    public Dictionary<string, object> Atlassian { get; } =
        AtlassianProperty.All.ToDictionary(property => property.Name, property => property.Get(settings.Atlassian), StringComparer.Ordinal);
}
