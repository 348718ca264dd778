using System.Text.Json.Serialization;
using Patrol.Core.Tokens;
using Patrol.Server.Tokens;

namespace Patrol.Server.Wire.GitLab;

/// <summary>A token as GitLab 19 shows it; with its text right after it was made.</summary>
internal class TokenJson(Token token, DateTimeOffset now, Secret? text = null)
{
    public long Id => token.Id;

    public string Name => token.Name;

    public bool Active => !token.IsRevoked && !token.IsExpired(now);

    public bool Revoked => token.IsRevoked;

    public bool Expired => token.IsExpired(now);

    /// <summary>Fine-grained tokens do not exist here.</summary>
    public bool Granular => false;

    public DateTimeOffset CreatedAt => token.CreatedAt;

    public string? Description => token.Description;

    public IReadOnlyList<string> Scopes => token.Scopes.Names;

    public long UserId => token.UserId;

    public DateTimeOffset? LastUsedAt => token.LastUsedAt;

    public IReadOnlyList<string> LastUsedIps => token.LastUsedIps;

    public DateOnly? ExpiresAt => token.ExpiresOn;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Token => text?.Reveal();
}

/// <summary>An impersonation token.</summary>
internal sealed class ImpersonationTokenJson(Token token, DateTimeOffset now, Secret? text = null) : TokenJson(token, now, text)
{
    public bool Impersonation => true;
}

/// <summary>A project's or group's token.</summary>
internal sealed class ResourceTokenJson(Token token, BotPlace place, DateTimeOffset now, Secret? text = null) : TokenJson(token, now, text)
{
    public long? AccessLevel => place.AccessLevel;

    public string ResourceType => place.IsGroup ? "group" : "project";

    public long ResourceId => place.ResourceId;
}
