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
    private const string FileName = "journal.jsonl";
    private const int LengthOfSum = 16;

    private readonly FileStream file;
    private readonly List<JournalLine> lines = [];
    private string sum = "";

    private Journal(FileStream file) => this.file = file;

    public string Folder => Path.GetDirectoryName(file.Name)!;

    public DateTimeOffset Begun => lines[0].At;

    /// <summary>What the run is about: as it was begun, or as it was corrected last.</summary>
    public RenewalPlan Plan => lines.FindLast(line => line.Plan is not null)!.Plan!;

    public IReadOnlyList<string> Keys => lines[0].Keys!;

    public IEnumerable<JournalLine> Lines => lines.Where(line => line.Plan is null);

    public static bool Exists(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Begins a journal.</summary>
    /// <exception cref="CliFailure">There is one already.</exception>
    public static Journal Begin(string folder, RenewalPlan plan, string[] keys, DateTimeOffset at)
    {
        Folders.Create(folder);
        var path = Path.Combine(folder, FileName);
        try
        {
            var journal = new Journal(new FileStream(path, Folders.Private(FileMode.CreateNew, FileAccess.ReadWrite)));
            journal.Append(new JournalLine { At = at, Plan = plan, Keys = keys });
            Posix.Flush(journal.Folder);
            return journal;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure(ExitCode.SomeRefused, $"The journal {path} cannot be begun: {fault.Message} Nothing was done; give another folder with --journal.", fault);
        }
    }

    /// <summary>Opens the journal of a run that has not come to its end.</summary>
    /// <exception cref="CliFailure">It is damaged.</exception>
    public static Journal Open(string folder)
    {
        var path = Path.Combine(folder, FileName);
        FileStream file;
        try
        {
            file = new FileStream(path, Folders.Private(FileMode.Open, FileAccess.ReadWrite));
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new CliFailure(ExitCode.NotAllowed, $"{path} may not be read by this user. Go on as the one who began.", fault);
        }
        var journal = new Journal(file);
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
    public void Append(params JournalLine[] next)
    {
        var text = new StringBuilder();
        foreach (var line in next)
        {
            var json = JsonSerializer.Serialize(line, JournalJson.Default.JournalLine);
            sum = Sum(sum, json);
            text.Append(sum).Append(' ').Append(json).Append('\n');
            lines.Add(line);
        }
        file.Write(Encoding.UTF8.GetBytes(text.ToString()));
        file.Flush(flushToDisk: true);
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
        Folders.WriteNew(path, Encoding.UTF8.GetBytes(report));
        File.Delete(file.Name);
        Posix.Flush(Folder);
        return path;
    }

    public void Dispose() => file.Dispose();

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
                throw Damaged($"line {number} is not what was written");
            sum = line[..LengthOfSum];
            lines.Add(parsed);
        }
        if (lines is not [{ Plan: not null, Keys: not null }, ..])
            throw Damaged("its beginning is missing");
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

    private CliFailure Damaged(string how)
    {
        var known = lines.Count > 0 && lines[0].Plan is { } plan
            ? string.Join("; ", plan.Tokens.Select(token => $"{token.Name}: {string.Join(", ", token.Holders.Select(holder => holder.Settings.GetValueOrDefault("file") ?? holder.Kind))}")) : "unknown";
        var names = string.Join(", ", lines.Where(line => line.Intention is not null).Select(line => $"'{line.Intention!.NewName}' of {line.Intention.Owner}"));
        return new CliFailure(
            ExitCode.SomeRefused,
            $"{file.Name} is damaged: {how}. Nothing was done. Check by hand: which token each holder holds ({known}), which tokens of the owners are active at the source"
            + (names.Length > 0 ? $" (new ones are called {names})" : "") + ", and revoke those that no holder holds; then move the journal away.");
    }

    private static string Sum(string before, string json) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(before + json)))[..LengthOfSum];
}
