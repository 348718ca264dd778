using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Patrol.Core.Lifetimes;
using Patrol.Core.Tokens;

namespace Patrol.Server.Settings;

/// <summary>
/// What administrators choose while the server runs. Names and defaults are GitLab's application settings; the last ones are ours.
/// </summary>
public sealed record InstanceSettings
{
    /// <summary>Tokens must have an expiry date.</summary>
    public bool RequirePersonalAccessTokenExpiry { get; init; } = true;

    /// <summary>Days that a token may last at most, 1 to 365; null for 365. Setting it also ends older tokens that last longer.</summary>
    public int? MaxPersonalAccessTokenLifetime { get; init; }

    /// <summary>When <see cref="MaxPersonalAccessTokenLifetime"/> was last set and has not yet been applied to older tokens; Unix ms.</summary>
    public long? MaxLifetimeSetAt { get; init; }

    /// <summary>What token texts start with.</summary>
    public string PersonalAccessTokenPrefix { get; init; } = "glpat-";

    /// <summary>If not empty, token texts start with this and <c>-glpat-</c>, and the other prefix is not used.</summary>
    public string InstanceTokenPrefix { get; init; } = "";

    /// <summary>Service accounts' tokens must have an expiry date, too.</summary>
    public bool ServiceAccessTokensExpirationEnforced { get; init; } = true;

    /// <summary>Nobody but administrators may make or use personal access tokens.</summary>
    public bool DisablePersonalAccessTokens { get; init; }

    /// <summary>Mails about a project's or group's tokens also go to inherited members.</summary>
    public bool ResourceAccessTokenNotifyInherited { get; init; } = true;

    /// <summary>Webhooks of projects and groups may lead into the server's own network.</summary>
    public bool AllowLocalRequestsFromWebHooksAndServices { get; init; }

    /// <summary>Webhooks of the instance, which administrators make, may do so.</summary>
    public bool AllowLocalRequestsFromSystemHooks { get; init; } = true;

    /// <summary>Only fine-grained tokens may be made. Kept for clients that read it; Patrol has no fine-grained tokens.</summary>
    public bool GranularTokensEnforced { get; init; }

    /// <summary>Impersonation tokens work (GitLab keeps this switch in gitlab.yml).</summary>
    public bool ImpersonationEnabled { get; init; } = true;

    /// <summary>Administrators need the scope <c>admin_mode</c> for what only administrators may do.</summary>
    public bool AdminMode { get; init; }

    /// <summary>Ours: the least time between two writes of a token's <c>last_used_at</c>, in minutes; older GitLab: 1440.</summary>
    public int LastUsedUpdateIntervalMinutes { get; init; } = 10;

    /// <summary>Ours, as in older GitLab: expired tokens stop working.</summary>
    public bool EnforcePatExpiration { get; init; } = true;

    /// <summary>The days before the end at which people are warned of GitLab tokens, if administrators changed them while the server ran.</summary>
    [JsonInclude]
    internal string? WarningDaysChange { get; init; }

    /// <summary>The same as they are in force.</summary>
    [JsonIgnore]
    public WarningDays WarningDays { get; init; } = WarningDays.GitLabs;

    /// <summary>Atlassian's properties, as far as administrators changed them while the server ran: by name, as they are written.</summary>
    [JsonInclude]
    internal IReadOnlyDictionary<string, string> AtlassianChanges { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Atlassian's properties in force: those of the start with the changes.</summary>
    [JsonIgnore]
    public AtlassianProperties Atlassian { get; init; } = new();

    /// <summary>What a new GitLab token's text starts with.</summary>
    [JsonIgnore]
    public string TokenPrefix => InstanceTokenPrefix.Length > 0 ? $"{InstanceTokenPrefix}-glpat-" : PersonalAccessTokenPrefix;

    [JsonIgnore]
    public LifetimePolicy Lifetime =>
        new(RequirePersonalAccessTokenExpiry, MaxPersonalAccessTokenLifetime ?? LifetimePolicy.GitLabMaximumDays);

    /// <summary>What decides whether tokens of a dialect are good.</summary>
    public TokenPolicy TokenPolicyOf(TokenDialect dialect) =>
        dialect == TokenDialect.Atlassian ? Atlassian.TokenPolicy : new(EnforcePatExpiration, ImpersonationEnabled);

    /// <summary>Whether a webhook may lead into the server's own network.</summary>
    /// <param name="ofInstance">It is one of the instance.</param>
    public bool AllowsLocalHook(bool ofInstance) => ofInstance ? AllowLocalRequestsFromSystemHooks : AllowLocalRequestsFromWebHooksAndServices;

    /// <summary>The same settings with Atlassian's properties and the days of warnings as they are in force, given those of the start.</summary>
    public InstanceSettings Upon(AtlassianProperties atStart, WarningDays days)
    {
        foreach (var property in AtlassianProperty.All)
        {
            if (AtlassianChanges.TryGetValue(property.Name, out var text))
                atStart = property.Set(atStart, text).Changed ?? atStart;
        }
        return this with { Atlassian = atStart, WarningDays = WarningDaysChange is { } changed ? WarningDays.Read(changed) ?? days : days };
    }
}
