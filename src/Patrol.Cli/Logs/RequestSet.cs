namespace Patrol.Cli.Logs;

/// <summary>Which requests were seen, by 64 bits of hash: 16 bytes for each, up to a bound.</summary>
internal sealed class RequestSet
{
    private const int FirstSlots = 1 << 12;

    /// <summary>How many requests are remembered: 128 MB of them.</summary>
    public const int Most = 1 << 23;

    private ulong[] slots = new ulong[FirstSlots];
    private int used;

    /// <summary>There were more requests than are remembered: one that was logged twice may have been counted twice.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Remembers a request.</summary>
    /// <returns>False if it was seen before.</returns>
    public bool Add(ulong hash)
    {
        // 0 marks a free slot.
        hash = hash == 0 ? 1 : hash;
        ref var slot = ref Slot(hash);
        if (slot == hash)
            return false;
        if (used == Most)
        {
            IsFull = true;
            return true;
        }
        slot = hash;
        used++;
        if (used * 2 > slots.Length)
            Grow();
        return true;
    }

    private ref ulong Slot(ulong hash)
    {
        var mask = slots.Length - 1;
        var at = (int)hash & mask;
        while (slots[at] != 0 && slots[at] != hash)
            at = (at + 1) & mask;
        return ref slots[at];
    }

    private void Grow()
    {
        var old = slots;
        slots = new ulong[old.Length * 2];
        foreach (var hash in old)
        {
            if (hash != 0)
                Slot(hash) = hash;
        }
    }
}
