using Patrol.Core.Lifetimes;
using Patrol.Core.Scopes;

namespace Patrol.Server.Tokens;

/// <summary>
/// Tokens as columns, a row a token, in order of id. A column that a filter does not ask for is not touched.
/// Deleted rows stay, marked, until all is read again.
/// </summary>
internal sealed class TokenColumns(int capacity)
{
    private const byte RevokedFlag = 0x40, DeletedFlag = 0x80;
    private const int BlockSize = 1024;

    private readonly Dictionary<string, ulong> masks = new(StringComparer.Ordinal);
    private long[] ids = new long[capacity];
    private long[] updatedAt = new long[capacity];
    private int[] nameStarts = new int[capacity];
    private ushort[] nameLengths = new ushort[capacity];
    private byte[] names = new byte[capacity * 16];
    private int namesLength;
    private int scatteredFrom = int.MaxValue;
    private int count;

    public long[] UpdatedAt => updatedAt;
    public long[] UserIds { get; private set; } = new long[capacity];
    public long[] CreatedAt { get; private set; } = new long[capacity];
    public long[] ExpiresAt { get; private set; } = new long[capacity];
    public long[] LastUsedAt { get; private set; } = new long[capacity];
    public uint[] Scopes { get; private set; } = new uint[capacity];
    public byte[] Flags { get; private set; } = new byte[capacity];

    public static bool IsDeleted(byte flags) => (flags & DeletedFlag) != 0;

    public static bool IsRevoked(byte flags) => (flags & RevokedFlag) != 0;

    public static int Kind(byte flags) => flags & 0x0F;

    /// <summary>The name in the form in which it is searched and sorted.</summary>
    public ReadOnlySpan<byte> Name(int row) => names.AsSpan(nameStarts[row], nameLengths[row]);

    private int NameEnd(int row) => nameStarts[row] + nameLengths[row];

    /// <summary>Adds a token whose id is higher than all before it.</summary>
    public void Append(in IndexedToken token)
    {
        if (count == ids.Length)
            Grow();
        Set(count++, token);
    }

    /// <summary>Puts what was read in the place of what is here; ids that were not found are gone.</summary>
    public void Replace(IEnumerable<long> read, Dictionary<long, IndexedToken> found)
    {
        foreach (var id in read.Order())
        {
            var row = Array.BinarySearch(ids, 0, count, id);
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
    public (List<long> Ids, long Total) Page(TokenMatch match, TokenOrder order, bool descending, long skip, int take, long countUpTo)
    {
        var page = new List<long>();
        long total = 0;
        var rows = new int[BlockSize];
        var best = order == TokenOrder.Id ? null : new BestRows(this, order, descending, skip + take);
        var blocks = (count + BlockSize - 1) / BlockSize;
        // In the direction of the order: dates mostly grow with ids, so that what comes later seldom displaces what was kept.
        for (var step = 0; step < blocks && (best is not null || total < countUpTo || page.Count < take); step++)
        {
            var first = (descending ? blocks - 1 - step : step) * BlockSize;
            var matching = rows.AsSpan(0, match.Find(this, first, Math.Min(count, first + BlockSize), rows));
            if (descending)
                matching.Reverse();
            if (best is not null)
                best.Add(matching);
            else
            {
                foreach (var row in matching[(int)Math.Clamp(skip - total, 0, matching.Length)..])
                {
                    if (page.Count == take)
                        break;
                    page.Add(ids[row]);
                }
            }
            total += matching.Length;
        }
        if (best is not null)
            page.AddRange(best.InOrder().Skip((int)Math.Min(skip, int.MaxValue)).Select(row => ids[row]));
        return (page, total);
    }

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
        var rows = new int[BlockSize];
        for (var first = 0; first < count; first += BlockSize)
        {
            foreach (var row in rows.AsSpan(0, match.Find(this, first, Math.Min(count, first + BlockSize), rows)))
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
        ids[row] = token.Id;
        UserIds[row] = token.UserId;
        CreatedAt[row] = token.CreatedAt;
        updatedAt[row] = token.UpdatedAt;
        ExpiresAt[row] = token.ExpiresAt ?? TokenMatch.Never;
        LastUsedAt[row] = token.LastUsedAt ?? TokenMatch.Unused;
        Scopes[row] = (uint)Mask(token.Scopes);
        Flags[row] = (byte)((byte)token.Kind | (token.Revoked ? RevokedFlag : 0));
        var name = IndexedToken.Fold(token.Name);
        if (Name(row).SequenceEqual(name))
            return;
        if (namesLength + name.Length > names.Length)
            Array.Resize(ref names, Math.Max(names.Length * 2, namesLength + name.Length));
        // From here on names no longer lie in the order of the rows.
        if (row != count - 1)
            scatteredFrom = Math.Min(scatteredFrom, row);
        name.CopyTo(names.AsSpan(namesLength));
        (nameStarts[row], nameLengths[row]) = (namesLength, (ushort)name.Length);
        namesLength += name.Length;
    }

    // Commits do not always come in the order of their ids.
    private void Insert(int row, in IndexedToken token)
    {
        if (count == ids.Length)
            Grow();
        foreach (var column in (ReadOnlySpan<Array>)[ids, UserIds, CreatedAt, updatedAt, ExpiresAt, LastUsedAt, Scopes, Flags, nameStarts, nameLengths])
            Array.Copy(column, row, column, row + 1, count - row);
        (nameStarts[row], nameLengths[row]) = (0, 0);
        count++;
        Set(row, token);
    }

    private void Grow()
    {
        var size = Math.Max(1024, count * 3 / 2);
        Array.Resize(ref ids, size);
        Array.Resize(ref updatedAt, size);
        Array.Resize(ref nameStarts, size);
        Array.Resize(ref nameLengths, size);
        UserIds = Resized(UserIds, size);
        CreatedAt = Resized(CreatedAt, size);
        ExpiresAt = Resized(ExpiresAt, size);
        LastUsedAt = Resized(LastUsedAt, size);
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
