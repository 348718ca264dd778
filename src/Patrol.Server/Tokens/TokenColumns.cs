using System.Buffers;
using System.Runtime.Intrinsics;
using Patrol.Core.Lifetimes;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;

namespace Patrol.Server.Tokens;

/// <summary>
/// Tokens as columns, a row a token, in order of id. A column that a filter does not ask for is not touched.
/// Deleted rows stay, marked, until all is read again.
/// </summary>
internal sealed class TokenColumns
{
    private const byte AtlassianFlag = 0x20, RevokedFlag = 0x40, DeletedFlag = 0x80;

    private readonly Dictionary<string, ulong> masks = new(StringComparer.Ordinal);
    private int[] nameStarts = [];
    private ushort[] nameLengths = [];
    private byte[] names;
    private int namesLength, count;
    private int scatteredFrom = int.MaxValue;

    /// <param name="capacity">How many tokens to make room for; more may come.</param>
    /// <param name="nameBytes">How many bytes of names.</param>
    public TokenColumns(int capacity, int nameBytes)
    {
        names = new byte[nameBytes];
        Resize(capacity);
    }

    public long[] Ids { get; private set; } = [];
    public long[] UpdatedAt { get; private set; } = [];
    public long[] UserIds { get; private set; } = [];
    public long[] CreatedAt { get; private set; } = [];
    public long[] ExpiresAt { get; private set; } = [];
    public long[] LastUsedAt { get; private set; } = [];
    public long[] NameHeads { get; private set; } = [];
    public uint[] Scopes { get; private set; } = [];
    public byte[] Flags { get; private set; } = [];

    /// <summary>Keeps rows that are not deleted, of some kinds, revoked or not, and of one dialect.</summary>
    /// <param name="bits">The rows in question.</param>
    /// <param name="kinds">See <see cref="RowBits.KeepWithFlags"/>.</param>
    /// <param name="revoked">Null: either.</param>
    /// <param name="dialect">Null: either.</param>
    public void KeepFlags(RowBits bits, Vector128<byte> kinds, bool? revoked, TokenDialect? dialect = null) => bits.KeepWithFlags(
        Flags, kinds, (byte)(DeletedFlag | (revoked is null ? 0 : RevokedFlag) | (dialect is null ? 0 : AtlassianFlag)),
        (byte)((revoked == true ? RevokedFlag : 0) | (dialect == TokenDialect.Atlassian ? AtlassianFlag : 0)));

    /// <summary>The name in the form in which it is searched and sorted.</summary>
    public ReadOnlySpan<byte> Name(int row) => names.AsSpan(nameStarts[row], nameLengths[row]);

    private int NameEnd(int row) => nameStarts[row] + nameLengths[row];

    /// <summary>Adds a token whose id is higher than all before it.</summary>
    public void Append(in IndexedToken token)
    {
        if (count == Ids.Length)
            Grow();
        Set(count++, token);
    }

    /// <summary>Puts what was read in the place of what is here; ids that were not found are gone.</summary>
    public void Replace(IEnumerable<long> read, Dictionary<long, IndexedToken> found)
    {
        foreach (var id in read.Order())
        {
            var row = Array.BinarySearch(Ids, 0, count, id);
            if (!found.TryGetValue(id, out var token))
            {
                if (row >= 0)
                    Flags[row] |= DeletedFlag;
            }
            else if (row >= 0)
                Set(row, token);
            else
                Insert(~row, token);
        }
    }

    /// <summary>One page of the rows that match; see <see cref="TokenIndex.Page"/>.</summary>
    public (List<long> Ids, long Total) Page(TokenMatch match, TokenOrder order, bool descending, long offset, int take, long countUpTo) =>
        order == TokenOrder.Id ? PageById(match, descending, offset, take, countUpTo) : PageInOrder(match, order, descending, offset, take);

    private (List<long> Ids, long Total) PageById(TokenMatch match, bool descending, long offset, int take, long countUpTo)
    {
        var page = new List<long>();
        long total = 0;
        var rows = new int[RowBits.BlockSize];
        Span<ulong> words = stackalloc ulong[RowBits.Words];
        for (var step = 0; step < Blocks && (total < countUpTo || page.Count < take); step++)
        {
            var bits = Find(match, descending ? Blocks - 1 - step : step, words);
            var matching = rows.AsSpan(0, bits.WriteTo(rows));
            if (descending)
                matching.Reverse();
            foreach (var row in matching[(int)Math.Clamp(offset - total, 0, matching.Length)..])
            {
                if (page.Count == take)
                    break;
                page.Add(Ids[row]);
            }
            total += matching.Length;
        }
        return (page, total);
    }

    private (List<long> Ids, long Total) PageInOrder(TokenMatch match, TokenOrder order, bool descending, long offset, int take)
    {
        var rented = ArrayPool<ulong>.Shared.Rent(Blocks * RowBits.Words);
        var matching = rented.AsSpan(0, Blocks * RowBits.Words);
        var total = 0;
        for (var block = 0; block < Blocks; block++)
            total += Find(match, block, matching.Slice(block * RowBits.Words, RowBits.Words)).Count();
        using var best = new BestRows(this, order, descending);
        var page = best.Page(matching, total, offset, take);
        ArrayPool<ulong>.Shared.Return(rented);
        return (page, total);
    }

    private int Blocks => (count + RowBits.BlockSize - 1) / RowBits.BlockSize;

    private RowBits Find(TokenMatch match, int block, Span<ulong> words) =>
        match.Find(this, block * RowBits.BlockSize, Math.Min(count, (block + 1) * RowBits.BlockSize), words);

    /// <summary>
    /// Keeps those of a block's rows (ascending) whose names contain a word; answers how many. Names lie one after the other, so a
    /// word is looked for in all of a block's at once.
    /// </summary>
    public int KeepNamesWith(byte[] word, Span<int> rows, int end)
    {
        var kept = 0;
        if (rows.Length == 0)
            return 0;
        if (end > scatteredFrom)
        {
            foreach (var row in rows)
            {
                rows[kept] = row;
                kept += Name(row).IndexOf(word) >= 0 ? 1 : 0;
            }
            return kept;
        }
        var bytes = names.AsSpan(..NameEnd(rows[^1]));
        var at = nameStarts[rows[0]];
        foreach (var row in rows)
        {
            // A hit before this row's name lies in one that is no candidate, or across two.
            at = Math.Max(at, nameStarts[row]);
            // The next hit is known to lie behind this name.
            if (at > NameEnd(row))
                continue;
            var hit = bytes[at..].IndexOf(word);
            if (hit < 0)
                break;
            at += hit;
            if (at + word.Length <= NameEnd(row))
                rows[kept++] = row;
        }
        return kept;
    }

    public SortedDictionary<DateOnly, long> ExpiryHistogram(TokenMatch match)
    {
        var days = new SortedDictionary<DateOnly, long>();
        var rows = new int[RowBits.BlockSize];
        Span<ulong> words = stackalloc ulong[RowBits.Words];
        for (var block = 0; block < Blocks; block++)
        {
            foreach (var row in rows.AsSpan(0, Find(match, block, words).WriteTo(rows)))
            {
                if (ExpiresAt[row] == TokenMatch.Never)
                    continue;
                var day = UtcDay.Of(DateTimeOffset.FromUnixTimeMilliseconds(ExpiresAt[row]));
                days[day] = days.GetValueOrDefault(day) + 1;
            }
        }
        return days;
    }

    private void Set(int row, in IndexedToken token)
    {
        Ids[row] = token.Id;
        UserIds[row] = token.UserId;
        CreatedAt[row] = token.CreatedAt;
        UpdatedAt[row] = token.UpdatedAt;
        ExpiresAt[row] = token.ExpiresAt ?? TokenMatch.Never;
        LastUsedAt[row] = token.LastUsedAt ?? TokenMatch.Unused;
        var isAtlassian = token.Dialect == TokenDialect.Atlassian;
        Scopes[row] = (uint)(isAtlassian ? ScopeSet.Unlimited(isAdministrator: false).Mask : Mask(token.Scopes));
        Flags[row] = (byte)((byte)token.Kind | (token.Revoked ? RevokedFlag : 0) | (isAtlassian ? AtlassianFlag : 0));
        var name = IndexedToken.Fold(token.Name);
        if (name.Length > 0 && Name(row).SequenceEqual(name))
            return;
        if (namesLength + name.Length > names.Length)
            Array.Resize(ref names, namesLength + name.Length + names.Length / 4);
        // From here on names no longer lie in the order of the rows.
        if (row != count - 1)
            scatteredFrom = Math.Min(scatteredFrom, row);
        name.CopyTo(names.AsSpan(namesLength));
        (nameStarts[row], nameLengths[row], NameHeads[row]) = (namesLength, (ushort)name.Length, IndexedToken.Head(name));
        namesLength += name.Length;
    }

    // Commits do not always come in the order of their ids.
    private void Insert(int row, in IndexedToken token)
    {
        if (count == Ids.Length)
            Grow();
        foreach (var column in (ReadOnlySpan<Array>)[Ids, UserIds, CreatedAt, UpdatedAt, ExpiresAt, LastUsedAt, NameHeads, Scopes, Flags, nameStarts, nameLengths])
            Array.Copy(column, row, column, row + 1, count - row);
        (nameStarts[row], nameLengths[row], NameHeads[row]) = (0, 0, 0);
        count++;
        Set(row, token);
    }

    private void Grow() => Resize(Math.Max(RowBits.BlockSize, count * 3 / 2));

    private void Resize(int size)
    {
        // Whole blocks: conditions look at all rows of one.
        size = (size + RowBits.BlockSize - 1) / RowBits.BlockSize * RowBits.BlockSize;
        Ids = Resized(Ids, size);
        UpdatedAt = Resized(UpdatedAt, size);
        Array.Resize(ref nameStarts, size);
        Array.Resize(ref nameLengths, size);
        UserIds = Resized(UserIds, size);
        CreatedAt = Resized(CreatedAt, size);
        ExpiresAt = Resized(ExpiresAt, size);
        LastUsedAt = Resized(LastUsedAt, size);
        NameHeads = Resized(NameHeads, size);
        Scopes = Resized(Scopes, size);
        Flags = Resized(Flags, size);
    }

    private static T[] Resized<T>(T[] column, int size)
    {
        Array.Resize(ref column, size);
        return column;
    }

    private ulong Mask(string scopes)
    {
        if (!masks.TryGetValue(scopes, out var mask))
            masks[scopes] = mask = ScopeSet.FromStored(scopes).Mask;
        return mask;
    }
}
