using System.Text.Json;
using System.Text.Json.Serialization;
using Patrol.Core.Notices;

namespace Patrol.Server.Notices;

/// <summary>What a letter is about. The names are stored.</summary>
internal enum LetterAbout
{
    Expiring,
    Expired,
    Created,
    Rotated,
    Revoked,
    Renewed,
}

/// <summary>
/// A letter as it lies in the outbox: what it is about, and of which tokens. The words are found when it is sent, from what is then
/// so: a token that was revoked or prolonged in between is no longer in it.
/// </summary>
/// <param name="About">What happened or will happen.</param>
/// <param name="WithinDays">For <see cref="LetterAbout.Expiring"/>: the window.</param>
/// <param name="Total">How many tokens it is about.</param>
/// <param name="Tokens">The first of them, at most <see cref="MostNamed"/>, as pairs of id and end (Unix ms; 0 for none or any).</param>
internal sealed record LetterBody(LetterAbout About, int WithinDays, int Total, long[][] Tokens)
{
    /// <summary>How many tokens a letter names at most (GitLab's limit).</summary>
    public const int MostNamed = 100;

    public static LetterBody Of(Owed owed) => new(
        owed.WithinDays == NoticeRules.Ended ? LetterAbout.Expired : LetterAbout.Expiring, owed.WithinDays, owed.Tokens.Count,
        [.. owed.Tokens.Take(MostNamed).Select(token => (long[])[token.Id, token.ExpiresAt])]);

    /// <summary>About something that was done to tokens.</summary>
    public static LetterBody Of(LetterAbout about, IReadOnlyCollection<long> tokenIds) =>
        new(about, 0, tokenIds.Count, [.. tokenIds.Take(MostNamed).Select(id => (long[])[id, 0])]);

    public static LetterBody FromJson(string text) => JsonSerializer.Deserialize(text, LetterJson.Default.LetterBody)!;

    public string ToJson() => JsonSerializer.Serialize(this, LetterJson.Default.LetterBody);
}

[JsonSourceGenerationOptions(UseStringEnumConverter = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(LetterBody))]
internal sealed partial class LetterJson : JsonSerializerContext;
