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

    private readonly Dictionary<string, ulong> masks = new(StringComparer.Ordinal);
    private long[] ids = new long[capacity];
    private long[] updatedAt = new long[capacity];
    private int[] nameStarts = new int[capacity];
    private ushort[] nameLengths = new ushort[capacity];
    private byte[] names = new byte[capacity * 16];
    private int namesLength;
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

    public (List<long> Ids, long Total) Page(TokenMatch match, TokenOrder order, bool descending, long skip, int take)
    {
        var wanted = skip + take;
        var best = order == TokenOrder.Id ? null : new PriorityQueue<int, int>(new WorstFirst(this, order, descending));
        var page = new List<long>();
        long total = 0;
        // In the direction of the order: dates mostly grow with ids, so that what comes later seldom displaces what was kept.
        for (var step = 0; step < count; step++)
        {
            var row = descending ? count - 1 - step : step;
            if (!match.Matches(this, row))
                continue;
            total++;
            if (best is null)
            {
                if (total > skip && page.Count < take)
                    page.Add(ids[row]);
            }
            else if (best.Count < wanted)
                best.Enqueue(row, row);
            else
                best.EnqueueDequeue(row, row);
        }
        if (best is null)
            return (page, total);
        var kept = new int[best.Count];
        for (var i = kept.Length - 1; i >= 0; i--)
            kept[i] = best.Dequeue();
        return ([.. kept.Skip((int)Math.Min(skip, int.MaxValue)).Select(row => ids[row])], total);
    }

    public SortedDictionary<DateOnly, long> ExpiryHistogram(TokenMatch match)
    {
        var days = new SortedDictionary<DateOnly, long>();
        for (var row = 0; row < count; row++)
        {
            if (ExpiresAt[row] == TokenMatch.Never || !match.Matches(this, row))
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

    private int Compare(TokenOrder order, int left, int right, bool descending)
    {
        var difference = order switch
        {
            TokenOrder.Created => CreatedAt[left].CompareTo(CreatedAt[right]),
            TokenOrder.Updated => updatedAt[left].CompareTo(updatedAt[right]),
            TokenOrder.Name => Name(left).SequenceCompareTo(Name(right)),
            TokenOrder.Expires => CompareDates(ExpiresAt[left], ExpiresAt[right], TokenMatch.Never, descending),
            _ => CompareDates(LastUsedAt[left], LastUsedAt[right], TokenMatch.Unused, descending),
        };
        return difference != 0 ? difference : left.CompareTo(right);
    }

    // A token without the date stays last in both directions.
    private static int CompareDates(long left, long right, long missing, bool descending)
    {
        if (left == right)
            return 0;
        var missingFirst = descending ? -1 : 1;
        return left == missing ? missingFirst : right == missing ? -missingFirst : left.CompareTo(right);
    }

    private sealed class WorstFirst(TokenColumns tokens, TokenOrder order, bool descending) : IComparer<int>
    {
        public int Compare(int x, int y) => descending ? tokens.Compare(order, x, y, descending) : tokens.Compare(order, y, x, descending);
    }
}
