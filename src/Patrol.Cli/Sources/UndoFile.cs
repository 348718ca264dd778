using System.Text.Json;
using Patrol.Cli.Failures;

namespace Patrol.Cli.Sources;

/// <summary>A written undo file: its first line, and the others from the last to the first, the order in which they are undone.</summary>
internal sealed class UndoFile
{
    private readonly string path;
    private readonly List<long> offsets = [0];

    private UndoFile(string path) => this.path = path;

    private JsonElement Header { get; init; }

    /// <summary>Looks through the file. A last line without an end was being written when the program died: what it speaks of was never touched.</summary>
    /// <exception cref="CliFailure">It is not there, or is no undo file.</exception>
    public static UndoFile Open(string path)
    {
        if (Directory.Exists(path))
            throw CliFailure.Usage($"{path} is a folder: name the undo file itself, such as {Path.Combine(path, "patrol-extend-20261124-133000-123.undo")}");
        if (!File.Exists(path))
            throw CliFailure.Usage($"{path} does not exist.");
        using var stream = File.OpenRead(path);
        var offsets = LineStarts(stream);
        if (offsets.Count < 2)
            throw CliFailure.Usage($"{path} is not an undo file of patrol.");
        var file = new UndoFile(path) { Header = ReadLine(path, stream, 0, offsets[1]) };
        if (file.Header.ValueKind != JsonValueKind.Object || !file.Header.TryGetProperty("patrol_undo", out _))
            throw CliFailure.Usage($"{path} is not an undo file of patrol.");
        file.offsets.Clear();
        file.offsets.AddRange(offsets.Skip(1));
        return file;
    }

    /// <summary>How many batches it holds.</summary>
    public int Batches => offsets.Count - 1;

    /// <summary>What the first line says the change was.</summary>
    /// <exception cref="CliFailure">It is damaged.</exception>
    public T ReadHeader<T>(Func<JsonElement, T> read) => Read(Header, read);

    /// <summary>The batches, the last first.</summary>
    /// <exception cref="CliFailure">A line is damaged.</exception>
    public IEnumerable<T> Backwards<T>(Func<JsonElement, T> read)
    {
        using var stream = File.OpenRead(path);
        for (var i = Batches - 1; i >= 0; i--)
            yield return Read(ReadLine(path, stream, offsets[i], offsets[i + 1]), read);
    }

    // JSON, and yet not of the shape that patrol writes.
    private T Read<T>(JsonElement line, Func<JsonElement, T> read)
    {
        try
        {
            return read(line);
        }
        catch (Exception fault) when (fault is InvalidOperationException or KeyNotFoundException or FormatException or OverflowException)
        {
            throw new CliFailure(ExitCode.WrongUsage, $"{path} is damaged, or is not an undo file of patrol.", fault);
        }
    }

    private static List<long> LineStarts(FileStream stream)
    {
        var starts = new List<long> { 0 };
        var buffer = new byte[1 << 16];
        long at = 0;
        while (stream.Read(buffer) is > 0 and var length)
        {
            for (var i = 0; i < length; i++)
            {
                if (buffer[i] == (byte)'\n')
                    starts.Add(at + i + 1);
            }
            at += length;
        }
        return starts;
    }

    private static JsonElement ReadLine(string path, FileStream stream, long start, long end)
    {
        var line = new byte[end - start];
        stream.Position = start;
        stream.ReadExactly(line);
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.Clone();
        }
        catch (JsonException fault)
        {
            throw new CliFailure(ExitCode.WrongUsage, $"{path} is damaged at byte {start}, or is not an undo file of patrol.", fault);
        }
    }
}
