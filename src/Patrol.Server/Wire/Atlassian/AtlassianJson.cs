using System.Text.Json.Serialization;
using Patrol.Core.Lifetimes;
using Patrol.Core.Tokens;
using Patrol.Server.Tokens;
using Patrol.Server.Users;

namespace Patrol.Server.Wire.Atlassian;

/// <summary>An error for every client; <see cref="Answer"/> says why.</summary>
internal sealed record ErrorJson(string Message, [property: JsonPropertyName("status-code")] int StatusCode)
{
    public string[] ErrorMessages => [Message];

    public Dictionary<string, string> Errors => [];
}

/// <summary>What a new token is to be.</summary>
internal sealed record NewTokenJson(string? Name, long? ExpirationDuration);

/// <summary>A token; with its text right after it was made.</summary>
internal class TokenJson(Token token, DateTimeOffset now, int warningDays, Secret? text = null)
{
    // What the products store for tokens that never end.
    private static readonly DateTimeOffset Eternal = new(9999, 12, 31, 0, 0, 0, TimeSpan.Zero);

    public long Id => token.Id;

    public string Name => token.Name;

    public DateTimeOffset CreatedAt => token.CreatedAt;

    public DateTimeOffset ExpiringAt => token.ExpiresAt ?? Eternal;

    public DateTimeOffset? LastAccessedAt => token.LastUsedAt;

    /// <summary>As the products' pages show it.</summary>
    public string State => ExpiryStages.Of(token.ExpiresAt, now, warningDays) switch
    {
        ExpiryStage.Expired => "EXPIRED",
        ExpiryStage.ExpiresSoon => "EXPIRES SOON",
        _ => "ACTIVE",
    };

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RawToken => text?.Reveal();
}

/// <summary>A token in the administrators' list.</summary>
internal sealed class FoundTokenJson(OwnedToken owned, DateTimeOffset now, int warningDays) : TokenJson(owned.Token, now, warningDays)
{
    public UserProfileJson UserProfileResource => new(owned.Owner);
}

/// <summary>Whose token it is.</summary>
internal sealed class UserProfileJson(User user)
{
    public string Username => user.Username;

    public string UserKey => UserKeys.Of(user.Id);

    public string DisplayName => user.Name;

    public string EmailAddress => user.Email;
}

internal sealed record SearchResultJson(IReadOnlyList<FoundTokenJson> Values, int Page, int Limit, long Total, bool IsLast);

internal sealed record RevokeJson(long[]? Ids);

internal sealed record RevokedJson(IReadOnlyList<long> Revoked, IReadOnlyList<long> NotFound);

internal sealed record CredentialsJson(string? Username, string? Password);

internal sealed record NewSessionJson(SessionValueJson Session);

internal sealed record SessionValueJson(string Name, string Value);

internal sealed record CurrentSessionJson(string Self, string Name);

/// <summary>Every JSON shape of this dialect.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowReadingFromString,
    Converters = [typeof(UtcInstantConverter), typeof(StorableTextConverter)])]
[JsonSerializable(typeof(ErrorJson))]
[JsonSerializable(typeof(NewTokenJson))]
[JsonSerializable(typeof(TokenJson))]
[JsonSerializable(typeof(List<TokenJson>))]
[JsonSerializable(typeof(SearchJson))]
[JsonSerializable(typeof(SearchResultJson))]
[JsonSerializable(typeof(RevokeJson))]
[JsonSerializable(typeof(RevokedJson))]
[JsonSerializable(typeof(CredentialsJson))]
[JsonSerializable(typeof(NewSessionJson))]
[JsonSerializable(typeof(CurrentSessionJson))]
[JsonSerializable(typeof(MyselfJson))]
[JsonSerializable(typeof(ServerInfoJson))]
[JsonSerializable(typeof(ConfluenceUserJson))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class AtlassianJson : JsonSerializerContext;
