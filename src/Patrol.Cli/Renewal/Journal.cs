using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Patrol.Cli.Failures;
using Patrol.Cli.Sinks;

namespace Patrol.Cli.Renewal;

/// <summary>
/// What a run has done and is about to do, on the disk before the next step begins, so that another process can go on after a crash
/// at any point. Lines of JSON, each behind a check sum over it and all before; 0600; token texts sealed. It is gone when everything
/// in it has come to an end; what is left then is a report without texts.
/// </summary>
internal sealed class Journal : IDisposable
{
    private const string FileName = "journal.jsonl", Aside = ".new";
    private const int LengthOfSum = 16;

    private readonly FileStream file;
    private readonly List<JournalLine> lines = [];
    private string sum = "";
    private bool isBegun;

    private Journal(FileStream file, string folder, bool isBegun) => (this.file, Folder, this.isBegun) = (file, folder, isBegun);

    public string Folder { get; }

    public DateTimeOffset Begun => lines[0].At;

    /// <summary>What the run is about: as it was begun, or as it was corrected last.</summary>
    public RenewalPlan Plan => lines.FindLast(line => line.Plan is not null)!.Plan!;

    public IReadOnlyList<string> Keys => lines[0].Keys!;

    public IEnumerable<JournalLine> Lines => lines.Where(line => line.Plan is null);

    /// <summary>Why it takes no more lines; null as long as it does. Nothing more may be done then.</summary>
    public CliFailure? Broken { get; private set; }

    /// <summary>Whether a run was begun: a file without a whole line is what is left of a start that did not come so far.</summary>
    public static bool Exists(string folder)
    {
        var path = PathIn(folder);
        if (!File.Exists(path))
            return false;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            int next;
            do
                next = file.ReadByte();
            while (next is not (-1 or '\n'));
            return next == '\n';
        }
        catch (UnauthorizedAccessException)
        {
            // Whoever opens it says so.
            return true;
        }
    }

    /// <summary>Writes the first line of a journal, aside: it is there when it has said what is about to be done, by <see cref="Begin"/>.</summary>
    /// <exception cref="CliFailure">It cannot be written.</exception>
    public static Journal Prepare(string folder, RenewalPlan plan, string[] keys, DateTimeOffset at)
    {
        Journal journal;
        try
        {
            Folders.Create(folder);
            Folders.DemandOwn(folder);
            File.Delete(PathIn(folder) + Aside);
            journal = new Journal(new FileStream(PathIn(folder) + Aside, Folders.Private(FileMode.CreateNew, FileAccess.ReadWrite)), folder, isBegun: false);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw JournalTrouble.NotBegun(PathIn(folder), fault);
        }
        try
        {
            journal.Append(new JournalLine { At = at, Plan = plan, Keys = keys });
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>Puts the journal where it is found: from here on a run is under way.</summary>
    /// <exception cref="CliFailure">It cannot be put there.</exception>
    public void Begin()
    {
        try
        {
            File.Move(file.Name, PathIn(Folder), overwrite: true);
            isBegun = true;
            Posix.Flush(Folder);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw JournalTrouble.NotBegun(PathIn(Folder), fault);
        }
    }

    /// <summary>Opens the journal of a run that has not come to its end.</summary>
    /// <exception cref="CliFailure">It is damaged, or could be somebody else's work: it says which commands are run.</exception>
    public static Journal Open(string folder)
    {
        var path = PathIn(folder);
        Folders.DemandOwn(folder);
        Folders.DemandOwn(path);
        FileStream file;
        try
        {
            file = new FileStream(path, Folders.Private(FileMode.Open, FileAccess.ReadWrite));
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new CliFailure(ExitCode.NotAllowed, $"{path} may not be read by this user. Go on as the one who began.", fault);
        }
        var journal = new Journal(file, folder, isBegun: true);
        try
        {
            journal.Read();
            return journal;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes a line, or several, and returns when the disk has them.</summary>
    /// <exception cref="CliFailure">It takes no more.</exception>
    public void Append(params JournalLine[] next)
    {
        if (Broken is not null)
            throw Broken;
        var (text, after, end) = (new StringBuilder(), sum, file.Position);
        foreach (var line in next)
        {
            var json = JsonSerializer.Serialize(line, JournalJson.Default.JournalLine);
            after = Sum(after, json);
            text.Append(after).Append(' ').Append(json).Append('\n');
        }
        try
        {
            file.Write(Encoding.UTF8.GetBytes(text.ToString()));
            file.Flush(flushToDisk: true);
        }
        // .NET's word for a limit on the size of files is the latter.
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            throw Broken = Break(fault, end);
        }
        sum = after;
        lines.AddRange(next);
    }

    /// <summary>Writes down a plan whose tokens are put right.</summary>
    public void Replan(Func<PlannedToken, PlannedToken> correct, DateTimeOffset at) =>
        Append(new JournalLine { At = at, Plan = Plan with { Tokens = [.. Plan.Tokens.Select(correct)] } });

    /// <summary>The step of a token that is done last; null if none is.</summary>
    public RenewalStep? DoneOf(string token) => lines.FindLast(line => line.Token == token && line.Step is not null)?.Step;

    /// <summary>Replaces the journal by a report, which holds no texts.</summary>
    /// <returns>The report's file.</returns>
    public string Close(string report, DateTimeOffset at)
    {
        var path = Path.Combine(Folder, $"renewed-{at.UtcDateTime:yyyyMMdd-HHmmss-fff}.txt");
        try
        {
            Folders.WriteNew(path, Encoding.UTF8.GetBytes(report));
            File.Delete(PathIn(Folder));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw JournalTrouble.NotClosed(Folder, path, fault);
        }
        Posix.Flush(Folder);
        return path;
    }

    public void Dispose()
    {
        file.Dispose();
        if (!isBegun)
            File.Delete(file.Name);
    }

    private static string PathIn(string folder) => Path.Combine(folder, FileName);

    // What a failed write left of its line goes, so that the next one, by another process, stands behind a whole one.
    private CliFailure Break(Exception fault, long end)
    {
        try
        {
            file.SetLength(end);
        }
        catch (Exception again) when (again is IOException or UnauthorizedAccessException)
        {
            // A line without its end is no line when it is read.
        }
        return isBegun ? JournalTrouble.Unwritable(PathIn(Folder), fault) : JournalTrouble.NotBegun(PathIn(Folder), fault);
    }

    private void Read()
    {
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        var whole = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
        var number = 0;
        foreach (var line in Encoding.UTF8.GetString(bytes, 0, whole).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            number++;
            if (line.Length < LengthOfSum + 2 || Sum(sum, line[(LengthOfSum + 1)..]) is var expected && expected != line[..LengthOfSum] || Parse(line[(LengthOfSum + 1)..]) is not { } parsed)
                throw JournalTrouble.Damaged(PathIn(Folder), lines, $"line {number} is not what was written");
            sum = line[..LengthOfSum];
            lines.Add(parsed);
        }
        if (lines is not [{ Plan: not null, Keys: not null }, ..])
            throw JournalTrouble.Damaged(PathIn(Folder), lines, "its beginning is missing");
        // A line without its end is a write that the crash cut off: what it was to announce had not begun.
        file.SetLength(whole);
        file.Position = whole;
    }

    private static JournalLine? Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, JournalJson.Default.JournalLine);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Sum(string before, string json) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(before + json)))[..LengthOfSum];
}
