namespace Patrol.Cli.Logs;

/// <summary>A buffer that whole lines are read into. It grows for a long line, up to a bound.</summary>
internal sealed class LogBlock
{
    /// <summary>Longer lines are bad ones: GitLab cuts what it logs of a request far below.</summary>
    public const int LongestLine = 4 << 20;

    // Fits the processor's cache, so that reading and parsing do not wait for memory.
    private const int Size = 1 << 18;

    private const byte Nul = 0;

    private byte[] buffer = new byte[Size];

    public int Length { get; set; }

    public bool IsFull => Length == buffer.Length;

    public Span<byte> Free => buffer.AsSpan(Length);

    public ReadOnlySpan<byte> Text => buffer.AsSpan(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Starts with what another holds, which is empty then.</summary>
    public void TakeFrom(LogBlock other)
    {
        while (buffer.Length < other.buffer.Length)
            Grow();
        other.Text.CopyTo(buffer);
        Length = other.Length;
        other.Clear();
    }

    /// <returns>False if it is as large as it gets.</returns>
    public bool Grow()
    {
        if (buffer.Length >= LongestLine)
            return false;
        Array.Resize(ref buffer, buffer.Length * 2);
        return true;
    }

    /// <summary>Ends it after its last line end.</summary>
    /// <param name="rest">Is given what came after.</param>
    /// <returns>False if there is no line end.</returns>
    public bool CutAfterLastLine(LogBlock? rest = null)
    {
        var whole = Text.LastIndexOf((byte)'\n') + 1;
        if (rest is not null && whole > 0)
        {
            while (rest.buffer.Length < Length - whole)
                rest.Grow();
            Text[whole..].CopyTo(rest.buffer);
            rest.Length = Length - whole;
        }
        if (rest is null || whole > 0)
            Length = whole;
        return whole > 0;
    }

    /// <summary>Drops the rest of a line that began before.</summary>
    /// <returns>False if its end has not come.</returns>
    public bool DropThroughLineEnd()
    {
        var end = Text.IndexOf((byte)'\n');
        Drop(end < 0 ? Length : end + 1);
        return end >= 0;
    }

    public void DropLeadingNuls()
    {
        var text = Text.IndexOfAnyExcept(Nul);
        Drop(text < 0 ? Length : text);
    }

    private void Drop(int bytes)
    {
        Text[bytes..].CopyTo(buffer);
        Length -= bytes;
    }
}
