using System.Numerics;
using System.Runtime.Intrinsics;

namespace Patrol.Server.Tokens;

/// <summary>
/// Which rows of one block are still in question, a bit a row. Each condition takes rows away, many at once; columns are long
/// enough for whole blocks.
/// </summary>
internal readonly ref struct RowBits
{
    /// <summary>Rows in a block.</summary>
    public const int BlockSize = 1024;

    /// <summary>Rows in a word.</summary>
    public const int WordSize = 64;

    private readonly Span<ulong> words;
    private readonly int first;

    /// <param name="words">A block's bits.</param>
    /// <param name="first">The block's first row.</param>
    public RowBits(Span<ulong> words, int first)
    {
        this.words = words;
        this.first = first;
    }

    /// <summary>All rows of a block.</summary>
    /// <param name="words">Room for its bits.</param>
    /// <param name="first">Its first row.</param>
    /// <param name="count">How many rows it has; at most <see cref="BlockSize"/>.</param>
    public static RowBits All(Span<ulong> words, int first, int count)
    {
        for (var word = 0; word < words.Length; word++)
        {
            var left = Math.Clamp(count - word * WordSize, 0, WordSize);
            words[word] = left == WordSize ? ulong.MaxValue : (1UL << left) - 1;
        }
        return new RowBits(words, first);
    }

    /// <summary>Words that hold a block's bits.</summary>
    public static int Words => BlockSize / WordSize;

    /// <summary>How many rows are left.</summary>
    public int Count()
    {
        var count = 0;
        foreach (var word in words)
            count += BitOperations.PopCount(word);
        return count;
    }

    /// <summary>Keeps rows with a value between two, both included.</summary>
    public void KeepWithin(long[] column, long from, long to)
    {
        if (from == long.MinValue && to == long.MaxValue)
            return;
        var (low, high) = (Vector256.Create(from), Vector256.Create(to));
        for (var word = 0; word < words.Length; word++)
        {
            if (words[word] == 0)
                continue;
            var values = column.AsSpan(first + word * WordSize, WordSize);
            ulong kept = 0;
            for (var i = 0; i < WordSize; i += Vector256<long>.Count)
            {
                var value = Vector256.Create<long>(values[i..]);
                kept |= (ulong)(Vector256.GreaterThanOrEqual(value, low) & Vector256.LessThanOrEqual(value, high)).ExtractMostSignificantBits() << i;
            }
            words[word] &= kept;
        }
    }

    /// <summary>Keeps rows that have at least one of these bits.</summary>
    public void KeepWithBits(uint[] column, uint bits)
    {
        var wanted = Vector256.Create(bits);
        for (var word = 0; word < words.Length; word++)
        {
            if (words[word] == 0)
                continue;
            var values = column.AsSpan(first + word * WordSize, WordSize);
            ulong without = 0;
            for (var i = 0; i < WordSize; i += Vector256<uint>.Count)
                without |= (ulong)Vector256.Equals(Vector256.Create<uint>(values[i..]) & wanted, Vector256<uint>.Zero).ExtractMostSignificantBits() << i;
            words[word] &= ~without;
        }
    }

    /// <summary>Keeps rows whose upper four bits, as far as they count, are these, and whose lower four are a number of a set.</summary>
    /// <param name="column">A byte a row.</param>
    /// <param name="numbers">The set: 255 at the place of each number in it, else 0.</param>
    /// <param name="mask">Which of the upper bits count.</param>
    /// <param name="upper">What they are to be.</param>
    public void KeepWithFlags(byte[] column, Vector128<byte> numbers, byte mask, byte upper)
    {
        var (counts, wanted, lower) = (Vector128.Create(mask), Vector128.Create(upper), Vector128.Create((byte)0x0F));
        for (var word = 0; word < words.Length; word++)
        {
            if (words[word] == 0)
                continue;
            var values = column.AsSpan(first + word * WordSize, WordSize);
            ulong kept = 0;
            for (var i = 0; i < WordSize; i += Vector128<byte>.Count)
            {
                var value = Vector128.Create<byte>(values[i..]);
                kept |= (ulong)(Vector128.Shuffle(numbers, value & lower) & Vector128.Equals(value & counts, wanted)).ExtractMostSignificantBits() << i;
            }
            words[word] &= kept;
        }
    }

    /// <summary>Keeps rows of which something holds, asked for each one.</summary>
    public void Keep(Func<int, bool> holds)
    {
        for (var word = 0; word < words.Length; word++)
        {
            for (var left = words[word]; left != 0; left &= left - 1)
            {
                var bit = BitOperations.TrailingZeroCount(left);
                if (!holds(first + word * WordSize + bit))
                    words[word] &= ~(1UL << bit);
            }
        }
    }

    /// <summary>Keeps these rows, which are left, and no other.</summary>
    public void KeepOnly(ReadOnlySpan<int> rows)
    {
        words.Clear();
        foreach (var row in rows)
            words[(row - first) / WordSize] |= 1UL << (row - first);
    }

    /// <summary>Takes away the rows that another has left.</summary>
    public void Remove(RowBits other)
    {
        for (var word = 0; word < words.Length; word++)
            words[word] &= ~other.words[word];
    }

    /// <summary>Writes the rows that are left, ascending; answers how many.</summary>
    public int WriteTo(Span<int> rows)
    {
        var count = 0;
        for (var word = 0; word < words.Length; word++)
        {
            for (var left = words[word]; left != 0; left &= left - 1)
                rows[count++] = first + word * WordSize + BitOperations.TrailingZeroCount(left);
        }
        return count;
    }
}
