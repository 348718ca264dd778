using System.Text.Json.Serialization;
using Patrol.Core.Lifetimes;
using Patrol.Core.Tokens;
using Patrol.Server.Tokens;

namespace Patrol.Server.Wire.GitLab;

/// <summary>
/// A token as GitLab 19 shows it; with its text right after it was made. Its instants are texts, so that the quick generated writer
/// serves: no answer is asked for more often.
/// </summary>
internal class TokenJson(Token token, DateTimeOffset now, Secret? text = null)
{
    public long Id => token.Id;

    public string Name => token.Name;

    public bool Active => !token.IsRevoked && !token.IsExpired(now);

    public bool Revoked => token.IsRevoked;

    public bool Expired => token.IsExpired(now);

    /// <summary>Fine-grained tokens do not exist here.</summary>
    public bool Granular => false;

    public string CreatedAt => InstantText.Of(token.CreatedAt);

    public string? Description => token.Description;

    public IReadOnlyList<string> Scopes => token.Scopes.Names;

    public long UserId => token.UserId;

    public string? LastUsedAt => token.LastUsedAt is { } instant ? InstantText.Of(instant) : null;

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

/// <summary>The JSON shapes of tokens.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(TokenJson))]
[JsonSerializable(typeof(List<TokenJson>))]
[JsonSerializable(typeof(ImpersonationTokenJson))]
[JsonSerializable(typeof(List<ImpersonationTokenJson>))]
[JsonSerializable(typeof(ResourceTokenJson))]
[JsonSerializable(typeof(List<ResourceTokenJson>))]
internal sealed partial class GitLabTokenJson : JsonSerializerContext;
