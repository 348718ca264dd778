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

    /// <summary>
    /// Writes the rows of a block that match, ascending; answers how many. Goes through the block once for each thing asked for, so
    /// that what is not asked for costs nothing.
    /// </summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="first">The block's first row.</param>
    /// <param name="end">The row after its last.</param>
    /// <param name="rows">Room for as many rows as the block has.</param>
    public int Find(TokenColumns tokens, int first, int end, Span<int> rows)
    {
        var count = 0;
        for (var row = first; row < end; row++)
        {
            rows[count] = row;
            var flags = tokens.Flags[row];
            count += !TokenColumns.IsDeleted(flags) && (kinds & (1u << TokenColumns.Kind(flags))) != 0 ? 1 : 0;
        }
        if (revoked is { } wanted)
            count = Keep(rows[..count], row => TokenColumns.IsRevoked(tokens.Flags[row]) == wanted);
        count = Within(rows[..count], tokens.ExpiresAt, expiresFrom, expiresTo);
        if (state is { } wantedState)
            count = Keep(rows[..count], row => IsIn(wantedState, tokens.ExpiresAt[row] <= now, TokenColumns.IsRevoked(tokens.Flags[row])));
        if (owner is { } one)
            count = Within(rows[..count], tokens.UserIds, one, one);
        if (owners is not null)
            count = Keep(rows[..count], row => owners.Contains(tokens.UserIds[row]));
        if (notOwners is not null)
            count = Keep(rows[..count], row => !notOwners.Contains(tokens.UserIds[row]));
        count = Within(rows[..count], tokens.CreatedAt, createdFrom, createdTo);
        count = Within(rows[..count], tokens.LastUsedAt, usedFrom, usedTo);
        if (unusedSince != long.MaxValue)
            count = Keep(rows[..count], row => (tokens.LastUsedAt[row] == Unused ? tokens.CreatedAt[row] : tokens.LastUsedAt[row]) <= unusedSince);
        if (scope != 0)
            count = Keep(rows[..count], row => (tokens.Scopes[row] & scope) != 0);
        foreach (var word in words)
            count = tokens.KeepNamesWith(word, rows[..count], end);
        return count;
    }

    private static int Within(Span<int> rows, long[] column, long from, long to)
    {
        if (from == long.MinValue && to == long.MaxValue)
            return rows.Length;
        var kept = 0;
        foreach (var row in rows)
        {
            rows[kept] = row;
            kept += column[row] >= from && column[row] <= to ? 1 : 0;
        }
        return kept;
    }

    private static int Keep(Span<int> rows, Func<int, bool> keeps)
    {
        var kept = 0;
        foreach (var row in rows)
        {
            rows[kept] = row;
            kept += keeps(row) ? 1 : 0;
        }
        return kept;
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
