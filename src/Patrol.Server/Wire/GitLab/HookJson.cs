using System.Text.Json.Serialization;
using Patrol.Server.Webhooks;

namespace Patrol.Server.Wire.GitLab;

/// <summary>A webhook; of its secrets, only whether there are any.</summary>
internal sealed class HookJson(Webhook hook)
{
    public long Id => hook.Id;
    public string Url => hook.Url;
    public string? Name => hook.Name;
    public string? Description => hook.Description;
    public DateTimeOffset CreatedAt => ListingRequest.Instant(hook.CreatedAt);
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? ProjectId => hook.Resource is { IsGroup: false, Id: var id } ? id : null;
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? GroupId => hook.Resource is { IsGroup: true, Id: var id } ? id : null;
    public bool ResourceAccessTokenEvents => hook.TokenEvents;
    public bool EnableSslVerification => hook.VerifyTls;
    public bool TokenPresent => hook.Secret is not null;
    public bool SigningTokenPresent => hook.SigningKey is not null;
    public string AlertStatus => "executable";
    public DateTimeOffset? DisabledUntil => null;
}
