using System.IO.Compression;
using Patrol.Cli.Failures;

namespace Patrol.Cli.Logs;

/// <summary>
/// Logs one after another as blocks of whole lines, which any number of threads take in turn. What cannot be read, or not to its
/// end, is remembered, and the others are read on.
/// </summary>
internal sealed class LogInput(IReadOnlyList<string> files, Func<Stream> standardInput) : IDisposable
{
    /// <summary>The name that stands for standard input.</summary>
    public const string StandardInput = "-";

    private readonly Lock turn = new();
    private readonly List<(string File, Exception Why)> troubles = [];
    private readonly LogBlock rest = new();
    private LogStream? current;
    private long bytesOfEarlier;
    private int next;
    private bool inLongLine;

    /// <summary>The files that could not be read, or not to their end, and why.</summary>
    public IReadOnlyList<(string File, Exception Why)> Troubles => troubles;

    /// <summary>Lines longer than <see cref="LogBlock.LongestLine"/>, which no block holds.</summary>
    public long LongLines { get; private set; }

    /// <summary>How many bytes were read, as they lie on the disk.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Looks whether files are there.</summary>
    /// <exception cref="CliFailure">One is not, or is a folder.</exception>
    public static void Check(IReadOnlyList<string> files)
    {
        if (files.Count(file => file == StandardInput) > 1)
            throw CliFailure.Usage("'-' stands for standard input, which can be read only once.");
        foreach (var file in files.Where(file => file != StandardInput))
        {
            if (Directory.Exists(file))
                throw CliFailure.Usage($"{file} is a folder: name the files in it, such as {Path.Combine(file, "api_json.log*")}");
            if (!File.Exists(file))
                throw CliFailure.Usage($"{file} does not exist.");
        }
    }

    /// <summary>Fills a block with whole lines; the last line of a file needs no end.</summary>
    /// <returns>False when all is read.</returns>
    public bool Fill(LogBlock block)
    {
        lock (turn)
        {
            block.Clear();
            while (current is not null || Open())
            {
                if (FillFrom(current!, block))
                    return true;
            }
            return false;
        }
    }

    public void Dispose() => current?.Dispose();

    private bool Open()
    {
        while (next < files.Count)
        {
            var file = files[next++];
            try
            {
                current = new LogStream(file, file == StandardInput ? standardInput() : File.OpenRead(file));
                return true;
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                troubles.Add((file, fault));
            }
        }
        return false;
    }

    private bool FillFrom(LogStream stream, LogBlock block)
    {
        block.TakeFrom(rest);
        while (true)
        {
            int read;
            try
            {
                read = stream.Read(block.Free);
            }
            catch (Exception fault) when (fault is IOException or InvalidDataException)
            {
                troubles.Add((stream.File, fault));
                Close(stream);
                block.CutAfterLastLine();
                return block.Length > 0;
            }
            BytesRead = bytesOfEarlier + stream.BytesTaken;
            if (read == 0)
            {
                Close(stream);
                return block.Length > 0;
            }
            block.Length += read;
            if (inLongLine)
                inLongLine = !block.DropThroughLineEnd();
            if (block.IsFull && MakeRoom(block))
                return true;
        }
    }

    /// <summary>True if the block holds whole lines, false if it has room again.</summary>
    private bool MakeRoom(LogBlock block)
    {
        if (block.CutAfterLastLine(rest))
            return true;
        // A file that was emptied under its writer starts with NULs up to where the writer was: gigabytes, perhaps.
        block.DropLeadingNuls();
        if (block.IsFull && !block.Grow())
        {
            LongLines++;
            inLongLine = true;
            block.Clear();
        }
        return false;
    }

    private void Close(LogStream stream)
    {
        bytesOfEarlier += stream.BytesTaken;
        stream.Dispose();
        current = null;
        inLongLine = false;
    }
}

/// <summary>A log as it was written: plain, or out of gzip, which the first bytes tell; rotated files have all sorts of names.</summary>
internal sealed class LogStream : IDisposable
{
    private readonly PeekedStream raw;
    private readonly Stream text;

    public LogStream(string file, Stream stream)
    {
        File = file;
        raw = new PeekedStream(stream);
        text = raw.Start is [0x1f, 0x8b, ..] ? new GZipStream(new BufferedStream(raw, 1 << 16), CompressionMode.Decompress) : raw;
    }

    public string File { get; }

    public long BytesTaken => raw.Taken;

    public int Read(Span<byte> destination) => text.Read(destination);

    public void Dispose()
    {
        text.Dispose();
        raw.Dispose();
    }
}

/// <summary>A stream of which the first bytes are known before it is read, and which counts.</summary>
internal sealed class PeekedStream : Stream
{
    private readonly Stream stream;
    private readonly byte[] start = new byte[2];
    private readonly int peeked;
    private int given;

    public PeekedStream(Stream stream)
    {
        this.stream = stream;
        peeked = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
    }

    public ReadOnlySpan<byte> Start => start.AsSpan(0, peeked);

    public long Taken { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        var read = Math.Min(buffer.Length, peeked - given);
        if (read > 0)
        {
            start.AsSpan(given, read).CopyTo(buffer);
            given += read;
        }
        else
        {
            read = stream.Read(buffer);
        }
        Taken += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        stream.Dispose();
        base.Dispose(disposing);
    }
}
