using Patrol.Core.Lifetimes;

namespace Patrol.Server.Tokens;

/// <summary>
/// A <see cref="TokenFilter"/> made ready for a million questions: bounds as numbers that always bind, sets as bits where possible.
/// </summary>
internal sealed class TokenMatch
{
    /// <summary>Stands for "no expiry"; sorts last.</summary>
    public const long Never = long.MaxValue;

    /// <summary>Stands for "never used".</summary>
    public const long Unused = long.MinValue;

    private readonly uint kinds = uint.MaxValue;
    private readonly IReadOnlySet<long>? owners;
    private readonly long? owner;
    private readonly IReadOnlySet<long>? notOwners;
    private readonly bool? revoked;
    private readonly TokenState? state;
    private readonly long createdFrom = long.MinValue, createdTo = long.MaxValue;
    private readonly long expiresFrom = long.MinValue, expiresTo = long.MaxValue;
    private readonly long usedFrom = long.MinValue, usedTo = long.MaxValue;
    private readonly long unusedSince = long.MaxValue;
    private readonly ulong scope;
    private readonly byte[][] words;
    private readonly long now;

    public TokenMatch(TokenFilter filter, DateTimeOffset now)
    {
        this.now = now.ToUnixTimeMilliseconds();
        if (filter.Kinds is { } wanted)
            kinds = wanted.Aggregate(0u, (bits, kind) => bits | (1u << (int)kind));
        (owners, owner) = filter.Owners is { Count: 1 } single ? (null, single.First()) : (filter.Owners, (long?)null);
        notOwners = filter.NotOwners is { Count: > 0 } not ? not : null;
        revoked = filter.Revoked;
        state = filter.State;
        createdFrom = filter.CreatedAfter?.ToUnixTimeMilliseconds() ?? createdFrom;
        createdTo = filter.CreatedBefore?.ToUnixTimeMilliseconds() ?? createdTo;
        // A bound on the expiry leaves out tokens that have none.
        if (filter.ExpiresBefore is { } before)
            expiresTo = Start(before) - 1;
        if (filter.ExpiresAfter is { } after)
            (expiresFrom, expiresTo) = (Start(after), Math.Min(expiresTo, Never - 1));
        if (filter.NoExpiry is { } none)
            (expiresFrom, expiresTo) = none ? (Never, expiresTo) : (expiresFrom, Math.Min(expiresTo, Never - 1));
        // And a bound on the last use those that have none.
        if (filter.LastUsedBefore is { } usedBefore)
            (usedFrom, usedTo) = (Unused + 1, usedBefore.ToUnixTimeMilliseconds());
        if (filter.LastUsedAfter is { } usedAfter)
            usedFrom = usedAfter.ToUnixTimeMilliseconds();
        unusedSince = filter.UnusedSince?.ToUnixTimeMilliseconds() ?? unusedSince;
        scope = filter.Scope ?? 0;
        words = [.. filter.Search.Select(IndexedToken.Fold)];
    }

    public bool Matches(TokenColumns tokens, int row)
    {
        var expiresAt = tokens.ExpiresAt[row];
        if (expiresAt < expiresFrom || expiresAt > expiresTo)
            return false;
        var flags = tokens.Flags[row];
        if (TokenColumns.IsDeleted(flags) || (kinds & (1u << TokenColumns.Kind(flags))) == 0)
            return false;
        if (revoked is { } wanted && TokenColumns.IsRevoked(flags) != wanted)
            return false;
        if (state is { } wantedState && !IsIn(wantedState, expiresAt <= now, TokenColumns.IsRevoked(flags)))
            return false;
        if (owner is { } one && tokens.UserIds[row] != one)
            return false;
        if ((owners is not null && !owners.Contains(tokens.UserIds[row])) || (notOwners is not null && notOwners.Contains(tokens.UserIds[row])))
            return false;
        var createdAt = tokens.CreatedAt[row];
        if (createdAt < createdFrom || createdAt > createdTo)
            return false;
        var usedAt = tokens.LastUsedAt[row];
        if (usedAt < usedFrom || usedAt > usedTo || (usedAt == Unused ? createdAt : usedAt) > unusedSince)
            return false;
        if (scope != 0 && (tokens.Scopes[row] & scope) == 0)
            return false;
        foreach (var word in words)
        {
            if (tokens.Name(row).IndexOf(word) < 0)
                return false;
        }
        return true;
    }

    /// <summary>False if none of the names that lie in these bytes can match.</summary>
    public bool MayMatchAny(ReadOnlySpan<byte> names)
    {
        foreach (var word in words)
        {
            if (names.IndexOf(word) < 0)
                return false;
        }
        return true;
    }

    private static bool IsIn(TokenState state, bool expired, bool revoked) => state switch
    {
        TokenState.Active => !expired && !revoked,
        TokenState.Inactive => expired || revoked,
        TokenState.Expired => expired,
        _ => revoked,
    };

    private static long Start(DateOnly day) => UtcDay.Start(day).ToUnixTimeMilliseconds();
}
