using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Patrol.Cli.Sources.Atlassian;

/// <summary>A personal access token, in one's own list, in the search of administrators, or just made.</summary>
internal sealed record AtlassianToken
{
    /// <summary>Whether the search of real instances tells it is not known.</summary>
    public long? Id { get; init; }

    public string? Name { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>In the year 9999 if it never ends.</summary>
    public DateTimeOffset? ExpiringAt { get; init; }

    public DateTimeOffset? LastAccessedAt { get; init; }

    /// <summary>Its text, right after it was made.</summary>
    public string? RawToken { get; init; }

    /// <summary>The owner, in the search of administrators.</summary>
    public AtlassianUser? UserProfileResource { get; init; }

    /// <summary>Null if it never ends.</summary>
    public DateTimeOffset? EndsAt => ExpiringAt is { Year: < 9999 } end ? end : null;
}

/// <summary>A user: Jira calls the name <c>name</c>, Confluence and the search <c>username</c>.</summary>
internal sealed record AtlassianUser
{
    public string? Name { get; init; }

    public string? Username { get; init; }

    public string? EmailAddress { get; init; }

    /// <summary>Confluence's <c>known</c> or <c>anonymous</c>.</summary>
    public string? Type { get; init; }
}

internal sealed record AtlassianSearch(int Page, int Limit, string Name, string[] UserKeys);

internal sealed record AtlassianFound(List<AtlassianToken>? Values);

/// <param name="Name">At most 40 characters, unless the instance allows more.</param>
/// <param name="ExpirationDuration">Days; without them it never ends, where that is allowed.</param>
internal sealed record NewAtlassianToken(string Name, int? ExpirationDuration);

/// <summary>
/// Instants as real instances write them: <c>Z</c>, <c>+01:00</c> or <c>+0100</c>, with a fraction or without, or as a number of
/// milliseconds.
/// </summary>
internal sealed class LenientInstant : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var milliseconds)
            && milliseconds >= DateTimeOffset.MinValue.ToUnixTimeMilliseconds() && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
            return DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        if (reader.TokenType == JsonTokenType.String && DateTimeOffset.TryParse(
            reader.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant))
            return instant;
        throw new JsonException("Not an instant.");
    }

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => throw new NotSupportedException();
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString, Converters = [typeof(LenientInstant)])]
[JsonSerializable(typeof(AtlassianToken))]
[JsonSerializable(typeof(List<AtlassianToken>))]
[JsonSerializable(typeof(AtlassianUser))]
[JsonSerializable(typeof(AtlassianSearch))]
[JsonSerializable(typeof(AtlassianFound))]
[JsonSerializable(typeof(NewAtlassianToken))]
internal sealed partial class AtlassianJson : JsonSerializerContext;
