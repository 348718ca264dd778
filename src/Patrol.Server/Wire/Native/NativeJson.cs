using System.Text.Json.Serialization;
using Patrol.Core.Tokens;
using Patrol.Server.Audit;
using Patrol.Server.Tokens;

namespace Patrol.Server.Wire.Native;

/// <summary>A token with its owner, as administrators see it. The fields are those of <c>patrol find --format json</c>.</summary>
internal sealed record NativeToken(
    long Id, string Kind, string Name, string? Description, string Owner, string Email, string? ResourceType, long? ResourceId, string? ResourcePath,
    IReadOnlyList<string> Scopes, string State, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt, DateOnly? ExpiresAt, bool Impersonation,
    string OwnerState, string Dialect)
{
    public static NativeToken From(OwnedToken owned, DateTimeOffset now)
    {
        var token = owned.Token;
        return new NativeToken(
            token.Id, token.Kind.ToString().ToLowerInvariant(), token.Name, token.Description, owned.Owner.Username, owned.Owner.Email,
            token.Bot is null ? null : token.Bot.IsGroup ? "group" : "project", token.Bot?.ResourceId, owned.ResourcePath,
            token.Scopes.Names, token.IsRevoked ? "revoked" : token.IsExpired(now) ? "expired" : "active",
            token.CreatedAt, token.LastUsedAt, token.ExpiresOn, token.Kind == TokenKind.Impersonation, owned.Owner.State, token.Dialect.ToString().ToLowerInvariant());
    }
}

/// <summary>A page of tokens.</summary>
internal sealed record NativeTokenPage(IReadOnlyList<NativeToken> Items, int Page, int PerPage, long Total);

/// <summary>What a new token is to be.</summary>
internal sealed record NewTokenRequest
{
    /// <summary>The owner's user name or id.</summary>
    public required string User { get; init; }

    public required string Name { get; init; }

    public required string[] Scopes { get; init; }

    public string? Description { get; init; }

    /// <summary>The UTC day at whose start it ends; without it, the latest day that the policy allows.</summary>
    public DateOnly? ExpiresAt { get; init; }

    /// <summary>A text that the token is to have, 20 to 500 characters; without it a new one is made.</summary>
    public string? Token { get; init; }
}

/// <summary>A new token and, this once, its text.</summary>
internal sealed record NewToken(NativeToken Details, string Token);

/// <summary>A token's text. It goes into the body, never into an address.</summary>
internal sealed record TokenTextRequest
{
    public required string Token { get; init; }
}

/// <summary>What a text is, and why it would be refused.</summary>
/// <param name="Verdict"><c>good</c>, <c>expired</c>, <c>revoked</c>, <c>impersonation_disabled</c>, <c>owner_blocked</c>, <c>switched_off</c> or <c>unknown</c>.</param>
internal sealed record LookedUpToken(string Verdict, NativeToken? Token);

/// <summary>How many tokens end on a day.</summary>
internal sealed record ExpiryCount(DateOnly ExpiresAt, long Count);

/// <summary>What to do with many tokens.</summary>
internal sealed record BulkRequest
{
    /// <summary><c>extend</c>, <c>remove_expiry</c>, <c>move_expiry</c> or <c>revoke</c>.</summary>
    public required string Action { get; init; }

    /// <summary>Which tokens: the filters of the list.</summary>
    public TokenSelection? Filter { get; init; }

    /// <summary>Must be true if there is no filter.</summary>
    public bool All { get; init; }

    /// <summary>For <c>move_expiry</c>: the day that the tokens end on now; null for never.</summary>
    public DateOnly? From { get; init; }

    /// <summary>For <c>extend</c> and <c>move_expiry</c>: the new day; null, which <c>extend</c> does not take, for never.</summary>
    public DateOnly? To { get; init; }

    /// <summary>For <c>extend</c>: a span such as <c>30d</c> that is added to each token's day.</summary>
    public string? By { get; init; }

    /// <summary>Only count.</summary>
    public bool DryRun { get; init; }

    /// <summary>A day in the past is meant.</summary>
    public bool Force { get; init; }
}

/// <summary>What came of it.</summary>
/// <param name="Matched">Tokens that the filters and the action's own limits select.</param>
/// <param name="Changed">Tokens that are different now.</param>
/// <param name="Memberships">Memberships of bots that would have ended before their tokens, and do not any more.</param>
/// <param name="DryRun">Nothing was changed.</param>
internal sealed record BulkResponse(long Matched, long Changed, long Memberships, bool DryRun);

/// <summary>One row of the audit trail.</summary>
/// <param name="Via">Where others used the actor's rights: <c>sudo by root, token 12</c> or <c>impersonation token 12</c>.</param>
internal sealed record AuditEntry(
    long Id, DateTimeOffset At, long? ActorId, string Actor, string? Via, string Action, string TargetKind, long? TargetId, string Detail, string? Ip)
{
    public static AuditEntry From(AuditRow row) => new(
        row.Id, DateTimeOffset.FromUnixTimeMilliseconds(row.At), row.ActorId, row.Actor, row.Via, row.Action, row.TargetKind, row.TargetId, row.Detail, row.Ip);
}

/// <summary>A page of the trail, newest first; <paramref name="Next"/> is the <c>before</c> of the following page, null on the last.</summary>
internal sealed record AuditPage(IReadOnlyList<AuditEntry> Items, long? Next);

/// <summary>Every JSON shape of our own API. A member that is not known is an error: a misspelt filter must not select everything.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(UtcInstantConverter), typeof(StorableTextConverter)],
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(NativeTokenPage))]
[JsonSerializable(typeof(NewTokenRequest))]
[JsonSerializable(typeof(NewToken))]
[JsonSerializable(typeof(TokenTextRequest))]
[JsonSerializable(typeof(LookedUpToken))]
[JsonSerializable(typeof(ExpiryCount[]))]
[JsonSerializable(typeof(BulkRequest))]
[JsonSerializable(typeof(BulkResponse))]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(NewClientRequest))]
[JsonSerializable(typeof(NewClient))]
[JsonSerializable(typeof(NativeClient[]))]
[JsonSerializable(typeof(NativeKey[]))]
[JsonSerializable(typeof(NativeJob[]))]
[JsonSerializable(typeof(NoticePage))]
internal sealed partial class NativeJson : JsonSerializerContext;
