using System.Buffers.Binary;
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
        if (order == TokenOrder.Id)
        {
            foreach (var row in Matching(match, descending))
            {
                total++;
                if (total > skip && page.Count < take)
                    page.Add(ids[row]);
                // One more than the page holds, so that the total tells whether another page follows.
                if (total >= countUpTo && total > skip + take)
                    break;
            }
            return (page, total);
        }

        var wanted = skip + take;
        var best = new PriorityQueue<int, Rank>(new WorstFirst(this, order));
        var worst = default(Rank);
        // In the direction of the order: dates mostly grow with ids, so that what comes later seldom displaces what was kept.
        foreach (var row in Matching(match, descending))
        {
            total++;
            var rank = new Rank(SortKey(order, row, descending), descending ? -row : row);
            if (best.Count < wanted)
                best.Enqueue(row, rank);
            else if (rank.Key > worst.Key || best.EnqueueDequeue(row, rank) == row)
                continue;
            best.TryPeek(out _, out worst);
        }
        var kept = new int[best.Count];
        for (var i = kept.Length - 1; i >= 0; i--)
            kept[i] = best.Dequeue();
        page.AddRange(kept.Skip((int)Math.Min(skip, int.MaxValue)).Select(row => ids[row]));
        return (page, total);
    }

    // Names lie one after the other, so a rare word is looked for in a thousand of them at once.
    private IEnumerable<int> Matching(TokenMatch match, bool descending)
    {
        var blocks = (count + BlockSize - 1) / BlockSize;
        for (var step = 0; step < blocks; step++)
        {
            var block = descending ? blocks - 1 - step : step;
            var (first, end) = (block * BlockSize, Math.Min(count, (block + 1) * BlockSize));
            if (end <= scatteredFrom && !match.MayMatchAny(names.AsSpan(nameStarts[first]..(nameStarts[end - 1] + nameLengths[end - 1]))))
                continue;
            for (var row = descending ? end - 1 : first; row >= first && row < end; row += descending ? -1 : 1)
            {
                if (match.Matches(this, row))
                    yield return row;
            }
        }
    }

    public SortedDictionary<DateOnly, long> ExpiryHistogram(TokenMatch match)
    {
        var days = new SortedDictionary<DateOnly, long>();
        foreach (var row in Matching(match, descending: false))
        {
            if (ExpiresAt[row] == TokenMatch.Never)
                continue;
            var day = UtcDay.Of(DateTimeOffset.FromUnixTimeMilliseconds(ExpiresAt[row]));
            days[day] = days.GetValueOrDefault(day) + 1;
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

    // Ascending keys are the order asked for. A token without the date comes last in both directions.
    private long SortKey(TokenOrder order, int row, bool descending)
    {
        var key = order switch
        {
            TokenOrder.Created => CreatedAt[row],
            TokenOrder.Updated => updatedAt[row],
            TokenOrder.Expires => ExpiresAt[row],
            TokenOrder.LastUsed => LastUsedAt[row] == TokenMatch.Unused ? TokenMatch.Never : LastUsedAt[row],
            _ => NameKey(Name(row)),
        };
        return descending && (order == TokenOrder.Name || key != TokenMatch.Never) ? ~key : key;
    }

    // The first eight bytes decide most comparisons.
    private static long NameKey(ReadOnlySpan<byte> name)
    {
        Span<byte> head = stackalloc byte[sizeof(ulong)];
        head.Clear();
        name[..Math.Min(name.Length, head.Length)].CopyTo(head);
        return (long)(BinaryPrimitives.ReadUInt64BigEndian(head) ^ (1UL << 63));
    }

    /// <summary>Where a row stands in an order: by key, then by id in the same direction.</summary>
    private readonly record struct Rank(long Key, int Row);

    private sealed class WorstFirst(TokenColumns tokens, TokenOrder order) : IComparer<Rank>
    {
        public int Compare(Rank x, Rank y)
        {
            var difference = y.Key.CompareTo(x.Key);
            if (difference == 0 && order == TokenOrder.Name)
            {
                difference = tokens.Name(Math.Abs(y.Row)).SequenceCompareTo(tokens.Name(Math.Abs(x.Row)));
                if (x.Row < 0 || y.Row < 0)
                    difference = -difference;
            }
            return difference != 0 ? difference : y.Row.CompareTo(x.Row);
        }
    }
}
