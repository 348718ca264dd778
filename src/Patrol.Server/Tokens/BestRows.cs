using System.Buffers;

namespace Patrol.Server.Tokens;

/// <summary>
/// Keeps the first so many of many rows in some order, without sorting them all: rows that come after the worst kept one are
/// dropped at a glance, and when several times as many as wanted have gathered, the best of them are picked.
/// </summary>
internal sealed class BestRows : IDisposable
{
    private const int LeastRoom = 1024;
    private const int RoomPerWanted = 4;
    private const ulong SignBit = 1UL << 63;
    private const ulong Last = ulong.MaxValue;

    private readonly TokenColumns tokens;
    private readonly bool descending;
    private readonly int wanted;
    private readonly long[] keys;
    private readonly long? missing;
    private readonly bool byName;
    private readonly RankOrder comparer;
    private Rank[] gathered = ArrayPool<Rank>.Shared.Rent(LeastRoom);
    private int count;
    private Rank? worst;

    /// <param name="tokens">The tokens.</param>
    /// <param name="order">Any order but by id.</param>
    /// <param name="descending">The other way round.</param>
    /// <param name="wanted">How many rows to keep.</param>
    public BestRows(TokenColumns tokens, TokenOrder order, bool descending, long wanted)
    {
        (this.tokens, this.descending, this.wanted) = (tokens, descending, (int)Math.Min(wanted, Array.MaxLength / RoomPerWanted));
        (keys, missing) = order switch
        {
            TokenOrder.Created => (tokens.CreatedAt, TokenMatch.Never),
            TokenOrder.Updated => (tokens.UpdatedAt, TokenMatch.Never),
            TokenOrder.Expires => (tokens.ExpiresAt, TokenMatch.Never),
            TokenOrder.LastUsed => (tokens.LastUsedAt, TokenMatch.Unused),
            _ => (tokens.NameHeads, (long?)null),
        };
        byName = missing is null;
        comparer = new RankOrder(byName ? tokens : null, descending);
    }

    /// <summary>Takes away rows that cannot be among the best.</summary>
    public void Narrow(RowBits bits)
    {
        if (worst is not { } last || last.High == Last)
            return;
        var key = (long)((descending ? ~last.High : last.High) ^ SignBit);
        // Rows without the date, at one end of the numbers, come after all others.
        if (descending)
            bits.KeepWithin(keys, key, missing == long.MaxValue ? long.MaxValue - 1 : long.MaxValue);
        else
            bits.KeepWithin(keys, missing == long.MinValue ? long.MinValue + 1 : long.MinValue, key);
    }

    public void Add(ReadOnlySpan<int> rows)
    {
        var limit = worst?.High ?? Last;
        foreach (var row in rows)
        {
            var high = High(row);
            if (high > limit)
                continue;
            var rank = byName ? RankByName(high, row) : new Rank(high, 0, 0, row);
            if (worst is { } last && comparer.Order(rank, last) > 0)
                continue;
            if (count == gathered.Length)
            {
                MakeRoom();
                limit = worst?.High ?? Last;
            }
            gathered[count++] = rank;
        }
    }

    public void Dispose() => ArrayPool<Rank>.Shared.Return(gathered);

    /// <summary>The kept rows from some place on, in order.</summary>
    public ReadOnlySpan<Rank> InOrder(int skip)
    {
        count = Pick(wanted);
        if (skip >= count)
            return [];
        // What is skipped need not be sorted.
        Pick(skip);
        Array.Sort(gathered, skip, count - skip, comparer);
        return gathered.AsSpan(skip..count);
    }

    private void MakeRoom()
    {
        if (gathered.Length < RoomPerWanted * wanted)
        {
            var more = ArrayPool<Rank>.Shared.Rent(gathered.Length * 2);
            gathered.CopyTo(more, 0);
            ArrayPool<Rank>.Shared.Return(gathered);
            gathered = more;
            return;
        }
        count = Pick(wanted);
        worst = gathered[wanted - 1];
    }

    // Quickselect: afterwards the first so many are the best, and the last of them is the worst of these. Answers how many there are.
    private int Pick(int most)
    {
        if (most == 0 || most >= count)
            return Math.Min(most, count);
        var (low, high) = (0, count - 1);
        while (low < high)
        {
            var pivot = gathered[low + (high - low) / 2];
            var (left, right) = (low, high);
            while (left <= right)
            {
                while (comparer.Order(gathered[left], pivot) < 0)
                    left++;
                while (comparer.Order(gathered[right], pivot) > 0)
                    right--;
                if (left > right)
                    break;
                (gathered[left], gathered[right]) = (gathered[right], gathered[left]);
                left++;
                right--;
            }
            if (most - 1 <= right)
                high = right;
            else if (most - 1 >= left)
                low = left;
            else
                break;
        }
        return most;
    }

    // Ascending ranks are the order asked for. A token without the date comes last in both directions. Of names, the first twenty-four
    // bytes decide nearly all comparisons.
    private ulong High(int row)
    {
        var key = keys[row];
        if (key == missing)
            return Last;
        return descending ? ~((ulong)key ^ SignBit) : (ulong)key ^ SignBit;
    }

    private Rank RankByName(ulong high, int row)
    {
        var name = tokens.Name(row);
        var (middle, low) = (Eight(name, sizeof(ulong)), Eight(name, 2 * sizeof(ulong)));
        return descending ? new Rank(high, ~middle, ~low, row) : new Rank(high, middle, low, row);
    }

    private static ulong Eight(ReadOnlySpan<byte> name, int from) => (ulong)IndexedToken.Head(name[Math.Min(name.Length, from)..]) ^ SignBit;

    /// <summary>Where a row stands: by the key, then (names) by the whole name, then by id in the same direction.</summary>
    public readonly record struct Rank(ulong High, ulong Middle, ulong Low, int Row);

    private sealed class RankOrder(TokenColumns? names, bool descending) : IComparer<Rank>
    {
        public int Compare(Rank x, Rank y) => Order(x, y);

        public int Order(in Rank x, in Rank y)
        {
            if (x.High != y.High)
                return x.High < y.High ? -1 : 1;
            if (x.Middle != y.Middle)
                return x.Middle < y.Middle ? -1 : 1;
            if (x.Low != y.Low)
                return x.Low < y.Low ? -1 : 1;
            var difference = names is null ? 0 : names.Name(x.Row).SequenceCompareTo(names.Name(y.Row));
            difference = difference != 0 ? difference : x.Row.CompareTo(y.Row);
            return descending ? -difference : difference;
        }
    }
}
