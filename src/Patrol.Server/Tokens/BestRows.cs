using System.Buffers.Binary;

namespace Patrol.Server.Tokens;

/// <summary>
/// Keeps the first so many of many rows in some order, without sorting them all: rows that come after the worst kept one are
/// dropped at a glance, and when twice as many as wanted have gathered, the better half is picked.
/// </summary>
internal sealed class BestRows
{
    private const int LeastRoom = 1024;

    private readonly TokenColumns tokens;
    private readonly bool descending;
    private readonly int wanted;
    private readonly long[]? dates;
    private readonly long missing;
    private readonly RankOrder comparer;
    private Rank[] gathered;
    private int count;
    private Rank? worst;

    /// <param name="tokens">The tokens.</param>
    /// <param name="order">Any order but by id.</param>
    /// <param name="descending">The other way round.</param>
    /// <param name="wanted">How many rows to keep.</param>
    public BestRows(TokenColumns tokens, TokenOrder order, bool descending, long wanted)
    {
        (this.tokens, this.descending, this.wanted) = (tokens, descending, (int)Math.Min(wanted, Array.MaxLength / 2));
        (dates, missing) = order switch
        {
            TokenOrder.Created => (tokens.CreatedAt, TokenMatch.Never),
            TokenOrder.Updated => (tokens.UpdatedAt, TokenMatch.Never),
            TokenOrder.Expires => (tokens.ExpiresAt, TokenMatch.Never),
            TokenOrder.LastUsed => (tokens.LastUsedAt, TokenMatch.Unused),
            _ => ((long[]?)null, 0L),
        };
        comparer = new RankOrder(dates is null ? tokens : null, descending);
        gathered = new Rank[LeastRoom];
    }

    public void Add(ReadOnlySpan<int> rows)
    {
        foreach (var row in rows)
        {
            var rank = RankOf(row);
            if (worst is { } last && (rank.High > last.High || (rank.High == last.High && comparer.Compare(rank, last) > 0)))
                continue;
            if (count == gathered.Length)
                MakeRoom();
            gathered[count++] = rank;
        }
    }

    /// <summary>The rows kept, in order.</summary>
    public IEnumerable<int> InOrder()
    {
        Array.Sort(gathered, 0, count, comparer);
        return gathered.Take(Math.Min(count, wanted)).Select(rank => rank.Row);
    }

    private void MakeRoom()
    {
        if (gathered.Length < 2L * wanted && gathered.Length < Array.MaxLength / 2)
        {
            Array.Resize(ref gathered, gathered.Length * 2);
            return;
        }
        Pick();
        count = wanted;
        worst = gathered[wanted - 1];
    }

    // Quickselect: afterwards the first `wanted` are the best, and the last of them is the worst of these.
    private void Pick()
    {
        var (low, high) = (0, count - 1);
        while (low < high)
        {
            var pivot = gathered[low + (high - low) / 2];
            var (left, right) = (low, high);
            while (left <= right)
            {
                while (comparer.Compare(gathered[left], pivot) < 0)
                    left++;
                while (comparer.Compare(gathered[right], pivot) > 0)
                    right--;
                if (left > right)
                    break;
                (gathered[left], gathered[right]) = (gathered[right], gathered[left]);
                left++;
                right--;
            }
            if (wanted - 1 <= right)
                high = right;
            else if (wanted - 1 >= left)
                low = left;
            else
                return;
        }
    }

    // Ascending ranks are the order asked for. A token without the date comes last in both directions.
    private Rank RankOf(int row)
    {
        if (dates is null)
        {
            // The first sixteen bytes decide nearly all comparisons.
            Span<byte> head = stackalloc byte[2 * sizeof(ulong)];
            head.Clear();
            var name = tokens.Name(row);
            name[..Math.Min(name.Length, head.Length)].CopyTo(head);
            var (high, low) = (BinaryPrimitives.ReadUInt64BigEndian(head), BinaryPrimitives.ReadUInt64BigEndian(head[sizeof(ulong)..]));
            return descending ? new Rank(~high, ~low, row) : new Rank(high, low, row);
        }
        var date = dates[row];
        if (date == missing)
            return new Rank(ulong.MaxValue, 0, row);
        var key = (ulong)date ^ (1UL << 63);
        return new Rank(descending ? ~key : key, 0, row);
    }

    /// <summary>Where a row stands: by the key, then (names) by the whole name, then by id in the same direction.</summary>
    private readonly record struct Rank(ulong High, ulong Low, int Row);

    private sealed class RankOrder(TokenColumns? names, bool descending) : IComparer<Rank>
    {
        public int Compare(Rank x, Rank y)
        {
            if (x.High != y.High)
                return x.High < y.High ? -1 : 1;
            if (x.Low != y.Low)
                return x.Low < y.Low ? -1 : 1;
            var difference = names is null ? 0 : names.Name(x.Row).SequenceCompareTo(names.Name(y.Row));
            difference = difference != 0 ? difference : x.Row.CompareTo(y.Row);
            return descending ? -difference : difference;
        }
    }
}
