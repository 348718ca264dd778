using System.Runtime.Intrinsics;
using Patrol.Core.Lifetimes;
using Patrol.Core.Tokens;

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

    private readonly Vector128<byte> kinds = Vector128<byte>.AllBitsSet;
    private readonly IReadOnlySet<long>? ids;
    private readonly IReadOnlySet<long>? owners;
    private readonly long? owner;
    private readonly IReadOnlySet<long>? notOwners;
    private readonly bool? revoked;
    private readonly TokenDialect? dialect;
    private readonly TokenState? state;
    private readonly long createdFrom = long.MinValue, createdTo = long.MaxValue;
    private readonly long expiresFrom = long.MinValue, expiresTo = long.MaxValue;
    private readonly long usedFrom = long.MinValue, usedTo = long.MaxValue;
    private readonly long unusedSince = long.MaxValue;
    private readonly ulong scope;
    private readonly byte[][] search;
    private readonly long now;

    public TokenMatch(TokenFilter filter, DateTimeOffset now)
    {
        this.now = now.ToUnixTimeMilliseconds();
        if (filter.Kinds is { } wanted)
            kinds = Vector128.Create<byte>([.. Enumerable.Range(0, Vector128<byte>.Count).Select(kind => wanted.Contains((TokenKind)kind) ? byte.MaxValue : (byte)0)]);
        ids = filter.Ids;
        (owners, owner) = filter.Owners is { Count: 1 } single ? (null, single.First()) : (filter.Owners, (long?)null);
        notOwners = filter.NotOwners is { Count: > 0 } not ? not : null;
        revoked = filter.Revoked;
        dialect = filter.Dialect;
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
        if (filter.EndsFrom is { } endsFrom)
            expiresFrom = Math.Max(expiresFrom, endsFrom.ToUnixTimeMilliseconds());
        if (filter.EndsTo is { } endsTo)
            expiresTo = Math.Min(expiresTo, endsTo.ToUnixTimeMilliseconds());
        // And a bound on the last use those that have none.
        if (filter.LastUsedBefore is { } usedBefore)
            (usedFrom, usedTo) = (Unused + 1, usedBefore.ToUnixTimeMilliseconds());
        if (filter.LastUsedAfter is { } usedAfter)
            usedFrom = usedAfter.ToUnixTimeMilliseconds();
        if (filter.NeverUsed)
            usedTo = Unused;
        unusedSince = filter.UnusedSince?.ToUnixTimeMilliseconds() ?? unusedSince;
        scope = filter.Scope ?? 0;
        search = [.. filter.Search.Select(IndexedToken.Fold)];
    }

    /// <summary>
    /// Finds the rows of a block that match. Goes through the block once for each thing asked for, so that what is not asked for costs
    /// nothing.
    /// </summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="first">The block's first row.</param>
    /// <param name="end">The row after its last.</param>
    /// <param name="words">Room for the block's bits.</param>
    public RowBits Find(TokenColumns tokens, int first, int end, Span<ulong> words)
    {
        var bits = RowBits.All(words, first, end - first);
        tokens.KeepFlags(bits, kinds, revoked, dialect);
        bits.KeepWithin(tokens.ExpiresAt, expiresFrom, expiresTo);
        KeepState(bits, tokens, first, end);
        if (ids is not null)
            bits.Keep(row => ids.Contains(tokens.Ids[row]));
        if (owner is { } one)
            bits.KeepWithin(tokens.UserIds, one, one);
        if (owners is not null)
            bits.Keep(row => owners.Contains(tokens.UserIds[row]));
        if (notOwners is not null)
            bits.Keep(row => !notOwners.Contains(tokens.UserIds[row]));
        bits.KeepWithin(tokens.CreatedAt, createdFrom, createdTo);
        bits.KeepWithin(tokens.LastUsedAt, usedFrom, usedTo);
        if (unusedSince != long.MaxValue)
            bits.Keep(row => (tokens.LastUsedAt[row] == Unused ? tokens.CreatedAt[row] : tokens.LastUsedAt[row]) <= unusedSince);
        if (scope != 0)
            bits.KeepWithBits(tokens.Scopes, (uint)scope);
        if (search.Length > 0)
            KeepNames(bits, tokens, end);
        return bits;
    }

    private void KeepNames(RowBits bits, TokenColumns tokens, int end)
    {
        Span<int> rows = stackalloc int[RowBits.BlockSize];
        var count = bits.WriteTo(rows);
        foreach (var word in search)
            count = tokens.KeepNamesWith(word, rows[..count], end);
        bits.KeepOnly(rows[..count]);
    }

    private void KeepState(RowBits bits, TokenColumns tokens, int first, int end)
    {
        switch (state)
        {
            case TokenState.Active:
                tokens.KeepFlags(bits, Vector128<byte>.AllBitsSet, revoked: false);
                bits.KeepWithin(tokens.ExpiresAt, now + 1, long.MaxValue);
                break;
            case TokenState.Inactive:
                var active = RowBits.All(stackalloc ulong[RowBits.Words], first, end - first);
                tokens.KeepFlags(active, Vector128<byte>.AllBitsSet, revoked: false);
                active.KeepWithin(tokens.ExpiresAt, now + 1, long.MaxValue);
                bits.Remove(active);
                break;
            case TokenState.Expired:
                tokens.KeepFlags(bits, Vector128<byte>.AllBitsSet, revoked: false);
                bits.KeepWithin(tokens.ExpiresAt, long.MinValue, now);
                break;
            case TokenState.Revoked:
                tokens.KeepFlags(bits, Vector128<byte>.AllBitsSet, revoked: true);
                break;
        }
    }

    private static long Start(DateOnly day) => UtcDay.Start(day).ToUnixTimeMilliseconds();
}
