using System.Buffers;
using System.Numerics;

namespace Patrol.Server.Tokens;

/// <summary>
/// Finds a page of rows in some order without sorting all that match: a sample tells how far down the order the page reaches, and only
/// the rows up to there are gathered.
/// </summary>
internal sealed class BestRows : IDisposable
{
    private const int SampleSize = 1 << 12;
    private const ulong SignBit = 1UL << 63;
    private const ulong Last = ulong.MaxValue;

    private readonly TokenColumns tokens;
    private readonly bool descending;
    private readonly long[] keys;
    private readonly long? missing;
    private readonly bool byName;
    private readonly RankOrder comparer;
    private Rank[] gathered = ArrayPool<Rank>.Shared.Rent(4 * SampleSize);
    private int count;

    /// <param name="tokens">The tokens.</param>
    /// <param name="order">Any order but by id.</param>
    /// <param name="descending">The other way round.</param>
    public BestRows(TokenColumns tokens, TokenOrder order, bool descending)
    {
        (this.tokens, this.descending) = (tokens, descending);
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

    public void Dispose() => ArrayPool<Rank>.Shared.Return(gathered);

    /// <summary>The ids of a page, in order.</summary>
    /// <param name="matching">The rows to choose from: the bits of all blocks, one block after the other.</param>
    /// <param name="total">How many these are.</param>
    /// <param name="offset">How many lie before the page.</param>
    /// <param name="take">How many at most.</param>
    public List<long> Page(Span<ulong> matching, int total, long offset, int take)
    {
        if (offset >= total)
            return [];
        var end = (int)Math.Min(offset + take, total);
        Gather(matching, total, end);
        Pick(gathered.AsSpan(0, count), end);
        // What lies before the page need not be sorted.
        Pick(gathered.AsSpan(0, end), (int)offset);
        var page = gathered.AsSpan((int)offset, end - (int)offset);
        page.Sort(comparer);
        var found = new List<long>(page.Length);
        foreach (var rank in page)
            found.Add(tokens.Ids[rank.Row]);
        return found;
    }

    // At least as many of the best rows as are wanted.
    private void Gather(Span<ulong> matching, int total, int wanted)
    {
        if (total > 2 * SampleSize)
        {
            var room = ArrayPool<Rank>.Shared.Rent(SampleSize);
            var sample = Sample(matching, total, room);
            var share = (double)wanted * sample.Length / total;
            // Four standard deviations more than the share: hardly ever are these too few.
            for (var reach = share + 4 * Math.Sqrt(share) + 8; reach < sample.Length && count < wanted; reach *= 4)
            {
                Pick(sample, (int)reach);
                GatherUpTo(sample[(int)reach - 1], matching);
            }
            ArrayPool<Rank>.Shared.Return(room);
        }
        if (count < wanted)
            GatherUpTo(null, matching);
    }

    // One of every so many rows, at a place that differs from one to the next: what comes again and again in the rows must not be all
    // that the sample sees.
    private Span<Rank> Sample(ReadOnlySpan<ulong> matching, int total, Span<Rank> sample)
    {
        const uint scatter = 2_654_435_761;
        var step = (total + SampleSize - 1) / SampleSize;
        var (taken, passed) = (0, 0);
        for (var word = 0; word < matching.Length; word++)
        {
            var here = BitOperations.PopCount(matching[word]);
            for (int place; (place = taken * step + (int)((uint)taken * scatter % (uint)step)) < passed + here; taken++)
            {
                var left = matching[word];
                for (var before = place - passed; before > 0; before--)
                    left &= left - 1;
                sample[taken] = RankOf(word * RowBits.WordSize + BitOperations.TrailingZeroCount(left));
            }
            passed += here;
        }
        return sample[..taken];
    }

    private void GatherUpTo(Rank? bound, Span<ulong> matching)
    {
        count = 0;
        var rows = new int[RowBits.BlockSize];
        Span<ulong> words = stackalloc ulong[RowBits.Words];
        for (var at = 0; at < matching.Length; at += RowBits.Words)
        {
            matching.Slice(at, RowBits.Words).CopyTo(words);
            var bits = new RowBits(words, at * RowBits.WordSize);
            if (bound is { } last)
                KeepUpTo(last, bits);
            var found = rows.AsSpan(0, bits.WriteTo(rows));
            MakeRoom(found.Length);
            foreach (var row in found)
            {
                var rank = RankOf(row);
                if (bound is not { } worst || comparer.Order(rank, worst) <= 0)
                    gathered[count++] = rank;
            }
        }
    }

    private void KeepUpTo(in Rank bound, RowBits bits)
    {
        if (bound.High == Last)
            return;
        var key = (long)((descending ? ~bound.High : bound.High) ^ SignBit);
        // Rows without the date, at one end of the numbers, come after all others.
        if (descending)
            bits.KeepWithin(keys, key, missing == long.MaxValue ? long.MaxValue - 1 : long.MaxValue);
        else
            bits.KeepWithin(keys, missing == long.MinValue ? long.MinValue + 1 : long.MinValue, key);
    }

    private void MakeRoom(int more)
    {
        if (count + more <= gathered.Length)
            return;
        var larger = ArrayPool<Rank>.Shared.Rent(gathered.Length * 2);
        gathered.AsSpan(0, count).CopyTo(larger);
        ArrayPool<Rank>.Shared.Return(gathered);
        gathered = larger;
    }

    // Quickselect: afterwards the first so many are the best, and the last of them is the worst of these.
    private void Pick(Span<Rank> ranks, int most)
    {
        if (most == 0 || most >= ranks.Length)
            return;
        var (low, high) = (0, ranks.Length - 1);
        while (low < high)
        {
            var pivot = ranks[low + (high - low) / 2];
            var (left, right) = (low, high);
            while (left <= right)
            {
                while (comparer.Order(ranks[left], pivot) < 0)
                    left++;
                while (comparer.Order(ranks[right], pivot) > 0)
                    right--;
                if (left > right)
                    break;
                (ranks[left], ranks[right]) = (ranks[right], ranks[left]);
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
    }

    // Ascending ranks are the order asked for. A token without the date comes last in both directions. Of names, the first twenty-four
    // bytes decide nearly all comparisons.
    private Rank RankOf(int row)
    {
        var key = keys[row];
        var high = key == missing ? Last : Turned((ulong)key ^ SignBit);
        if (!byName)
            return new Rank(high, 0, 0, row);
        var name = tokens.Name(row);
        return new Rank(high, Turned(Eight(name, sizeof(ulong))), Turned(Eight(name, 2 * sizeof(ulong))), row);
    }

    private ulong Turned(ulong ascending) => descending ? ~ascending : ascending;

    private static ulong Eight(ReadOnlySpan<byte> name, int from) => (ulong)IndexedToken.Head(name[Math.Min(name.Length, from)..]) ^ SignBit;

    /// <summary>Where a row stands: by the key, then (names) by the whole name, then by id in the same direction.</summary>
    private readonly record struct Rank(ulong High, ulong Middle, ulong Low, int Row);

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
