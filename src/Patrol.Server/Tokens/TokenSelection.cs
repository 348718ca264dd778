using System.Data.Common;
using Patrol.Core.Lifetimes;
using Patrol.Core.Results;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Storage;
using Patrol.Server.Users;

namespace Patrol.Server.Tokens;

/// <summary>
/// The filters by which administrators pick tokens, as they write them: the words of <c>patrol find</c>. All of them must hold.
/// </summary>
public sealed record TokenSelection
{
    /// <summary>These tokens and no others.</summary>
    public long[]? Ids { get; init; }

    /// <summary>Tokens that end on this day. Blocked owners' tokens are left out unless asked for.</summary>
    public DateOnly? ExpiresOn { get; init; }

    /// <summary>Tokens that end between today and this span from now, such as <c>30d</c>, <c>6mo</c>, <c>1y</c>.</summary>
    public string? ExpiresWithin { get; init; }

    /// <summary>Tokens that have ended.</summary>
    public bool? Expired { get; init; }

    /// <summary>Tokens that never end.</summary>
    public bool? NoExpiry { get; init; }

    /// <summary>Tokens not used for this span, or never and made before it.</summary>
    public string? UnusedFor { get; init; }

    /// <summary><c>personal</c>, <c>impersonation</c>, <c>project</c>, <c>group</c> or <c>service-account</c>.</summary>
    public string[]? Kind { get; init; }

    /// <summary><c>active</c>, <c>expired</c>, <c>revoked</c>, <c>inactive</c> or <c>any</c>.</summary>
    public string? State { get; init; }

    /// <summary>A user's name or id.</summary>
    public string? Owner { get; init; }

    /// <summary>A scope that the token carries.</summary>
    public string? Scope { get; init; }

    /// <summary>Words that the name contains.</summary>
    public string? Search { get; init; }

    /// <summary>Tokens of blocked owners, too; true unless <see cref="ExpiresOn"/> is given.</summary>
    public bool? IncludeBlocked { get; init; }

    /// <summary>True if nothing is asked for, which selects every token.</summary>
    public bool IsEmpty => this with { Kind = Kind is { Length: > 0 } ? Kind : null } == new TokenSelection();
}

/// <summary>Turns what an administrator wrote into a filter.</summary>
internal sealed class ReadSelection(Database database)
{
    private static readonly Dictionary<string, TokenState> States = new(StringComparer.Ordinal)
    {
        ["active"] = TokenState.Active,
        ["expired"] = TokenState.Expired,
        ["revoked"] = TokenState.Revoked,
        ["inactive"] = TokenState.Inactive,
    };

    // The tool knows service accounts; this server has none, so asking for their tokens alone finds nothing.
    private static readonly Dictionary<string, TokenKind?> Kinds = new(StringComparer.Ordinal)
    {
        ["personal"] = TokenKind.Personal,
        ["impersonation"] = TokenKind.Impersonation,
        ["project"] = TokenKind.Project,
        ["group"] = TokenKind.Group,
        ["service-account"] = null,
    };

    /// <summary>The filter, or the first thing that is wrong.</summary>
    public async Task<Result<TokenFilter>> Handle(TokenSelection selection, DateTimeOffset now)
    {
        var today = UtcDay.Of(now);
        var filter = new TokenFilter
        {
            Ids = selection.Ids?.ToHashSet(),
            NoExpiry = selection.NoExpiry,
            Search = selection.Search?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) ?? [],
        };
        if (selection.ExpiresOn is { } day)
            filter = filter with { ExpiresAfter = day, ExpiresBefore = day == DateOnly.MaxValue ? null : day.AddDays(1) };
        if (selection.ExpiresWithin is { } within)
        {
            if (Span.Parse(within) is not { } span)
                return NoSpan("expires_within");
            filter = filter with { ExpiresAfter = Later(filter.ExpiresAfter, today), ExpiresBefore = Earlier(filter.ExpiresBefore, span.After(today).AddDays(1)) };
        }
        if (selection.Expired == true)
            filter = filter with { EndsTo = now };
        if (selection.UnusedFor is { } unused)
        {
            if (Span.Parse(unused) is not { } span)
                return NoSpan("unused_for");
            filter = filter with { UnusedSince = span.Before(now) };
        }
        if (selection.State is { } state and not "any")
        {
            if (!States.TryGetValue(state, out var known))
                return new Refusal.Invalid("state", "must be active, expired, revoked, inactive or any");
            filter = filter with { State = known };
        }
        if (selection.Kind is { Length: > 0 } kinds)
        {
            if (kinds.Any(kind => kind is null || !Kinds.ContainsKey(kind)))
                return new Refusal.Invalid("kind", "must be personal, impersonation, project, group or service-account");
            filter = filter with { Kinds = [.. kinds.Select(kind => Kinds[kind]).OfType<TokenKind>()] };
        }
        if (selection.Scope is { } scope)
        {
            if (ScopeCatalog.Find(scope) is not { } found)
                return new Refusal.Invalid("scope", "is not a known scope");
            filter = filter with { Scope = found.Bit };
        }
        return await database.Read(connection => WithUsers(connection, selection, filter));
    }

    private static async Task<Result<TokenFilter>> WithUsers(DbConnection connection, TokenSelection selection, TokenFilter filter)
    {
        if (selection.Owner is { } owner)
        {
            if (await UserSql.FindByIdOrName(connection, owner) is not { } user)
                return new Refusal.Invalid("owner", "is not the name or id of a user");
            filter = filter with { Owners = new HashSet<long> { user.Id } };
        }
        if (!(selection.IncludeBlocked ?? selection.ExpiresOn is null))
            filter = filter with { NotOwners = await UserSql.BlockedIds(connection) };
        return filter;
    }

    private static Refusal.Invalid NoSpan(string field) => new(field, "must be a span such as 30d, 6mo or 1y");

    private static DateOnly Later(DateOnly? left, DateOnly right) => left > right ? left.Value : right;

    private static DateOnly Earlier(DateOnly? left, DateOnly right) => left < right ? left.Value : right;
}
