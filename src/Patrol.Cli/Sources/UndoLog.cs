using Patrol.Cli.Failures;

namespace Patrol.Cli.Sources;

/// <summary>
/// The file that remembers what a change is about to overwrite: lines of JSON, each on the disk before what it speaks of is
/// touched. The first describes the change, each other a batch.
/// </summary>
internal sealed class UndoLog : IDisposable
{
    private readonly FileStream file;
    private long lastStart;
    private bool speaksForItself;

    private UndoLog(FileStream file) => this.file = file;

    public string Path => file.Name;

    /// <summary>How many batches it holds.</summary>
    public int Batches { get; private set; } = -1;

    /// <summary>Makes the file.</summary>
    /// <param name="path">Where; nothing may be there yet.</param>
    /// <exception cref="CliFailure">It cannot be made.</exception>
    public static UndoLog Create(string path)
    {
        try
        {
            // Without a buffer each line goes to the disk in one piece.
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            return new UndoLog(new FileStream(path, options));
        }
        catch (IOException) when (File.Exists(path))
        {
            throw CliFailure.Usage($"The undo file {path} is there already; give another --undo-file.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure(ExitCode.SomeRefused, $"The undo file {path} cannot be written ({fault.Message}). Nothing was changed; give another place with --undo-file.", fault);
        }
    }

    /// <summary>Appends a line and returns when the disk has it.</summary>
    /// <exception cref="CliFailure">The disk does not take it; the file ends with the line before.</exception>
    public void Append(ReadOnlySpan<byte> line)
    {
        lastStart = file.Position;
        try
        {
            file.Write([.. line, (byte)'\n']);
            file.Flush(flushToDisk: true);
            Batches++;
        }
        // Out of range is what .NET calls a file that may not grow (EFBIG).
        catch (Exception fault) when (fault is IOException or ArgumentOutOfRangeException)
        {
            file.SetLength(lastStart);
            var why = fault is IOException ? fault.Message.TrimEnd('.') : "it may not grow any more";
            throw new CliFailure(ExitCode.SomeRefused, $"The undo file {Path} cannot be written on: {why}. What comes next was not begun.", fault);
        }
    }

    /// <summary>Takes the last line back: its batch was rolled back.</summary>
    public void Retract()
    {
        file.SetLength(lastStart);
        Batches--;
    }

    /// <summary>Keeps it, even without a batch: what its first line speaks of was done, or may have been.</summary>
    public void Keep() => speaksForItself = true;

    /// <summary>Closes it, and removes it if it holds no batch: then nothing was touched.</summary>
    /// <returns>Whether it holds one.</returns>
    public bool Close()
    {
        file.Dispose();
        if (Batches <= 0 && !speaksForItself)
            File.Delete(Path);
        return Batches > 0;
    }

    public void Dispose() => file.Dispose();
}
