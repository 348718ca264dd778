using System.Buffers.Text;
using System.Text.Unicode;

namespace Patrol.Cli.Output;

/// <summary>Writes text as UTF-8 through one large buffer: millions of lines cost no object each.</summary>
internal sealed class Utf8Writer(Stream output)
{
    private const int Size = 1 << 16;
    private const int LongestNumber = 20;

    private readonly byte[] buffer = new byte[Size];
    private int used;

    public void Byte(byte value)
    {
        Room(1);
        buffer[used++] = value;
    }

    public void Raw(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Size - used)
            Flush();
        if (bytes.Length > Size)
        {
            output.Write(bytes);
            return;
        }
        bytes.CopyTo(buffer.AsSpan(used));
        used += bytes.Length;
    }

    public void Text(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            Utf8.FromUtf16(text, buffer.AsSpan(used), out var read, out var written);
            used += written;
            text = text[read..];
            if (!text.IsEmpty)
                Flush();
        }
    }

    public void Number(long value)
    {
        Room(LongestNumber);
        Utf8Formatter.TryFormat(value, buffer.AsSpan(used), out var written);
        used += written;
    }

    /// <summary><c>2026-12-31</c></summary>
    public void Date(DateOnly day)
    {
        Room(LongestNumber);
        day.TryFormat(buffer.AsSpan(used), out var written, "yyyy-MM-dd");
        used += written;
    }

    /// <summary>An instant in a format of its own, at most 20 bytes after the other.</summary>
    public void Instant(DateTimeOffset instant, string format)
    {
        Room(LongestNumber * 2);
        instant.TryFormat(buffer.AsSpan(used), out var written, format);
        used += written;
    }

    public void Flush()
    {
        output.Write(buffer.AsSpan(0, used));
        used = 0;
        output.Flush();
    }

    private void Room(int bytes)
    {
        if (bytes > Size - used)
            Flush();
    }
}

/// <summary>The same writer for those who write to a stream; the bytes stay in order with those that come past it, and the writer's owner flushes.</summary>
internal sealed class Utf8WriterStream(Utf8Writer writer) : WriteOnlyStream
{
    public override void Write(ReadOnlySpan<byte> buffer) => writer.Raw(buffer);
}
