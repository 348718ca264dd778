using System.Diagnostics;
using System.Text;
using Patrol.Tests.Kit.GitLab;

namespace Patrol.Tests.Kit;

/// <summary>
/// The real tool on a pseudo-terminal of its own (util-linux' <c>script</c>), for what it does only where somebody can answer. Without
/// colours, so that the words are what is compared.
/// </summary>
internal sealed class TerminalSession : IAsyncDisposable
{
    /// <summary>Keys as a terminal sends them.</summary>
    public const string Down = "\e[B", Up = "\e[A", Right = "\e[C", Enter = "\r", Interrupt = "\u0003";

    private readonly Process process;
    private readonly StringBuilder seen = new();
    private readonly Task reading;
    private int mark;

    private TerminalSession(Process process)
    {
        this.process = process;
        reading = Read();
    }

    /// <summary>Starts a command in a folder. Skips the test where there is no <c>script</c>.</summary>
    public static TerminalSession Start(string folder, params string[] arguments) =>
        Run(folder, CliProcess.ShellWords([.. CliProcess.Command, .. arguments]));

    /// <summary>Starts another program, as a shell takes it.</summary>
    public static TerminalSession Run(string folder, string command, int columns = 150)
    {
        Assert.SkipWhen(!File.Exists("/usr/bin/script"), "There is no /usr/bin/script: run ./test as root or install the package bsdutils.");
        var start = new ProcessStartInfo("/usr/bin/script", ["-qefc", $"stty rows 50 cols {columns}; exec {command}", "/dev/null"])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = new UTF8Encoding(false),
        };
        CliProcess.SetEnvironment(start, folder, ["TERM=xterm", "NO_COLOR=1", "SHELL=/bin/sh"]);
        return new TerminalSession(Process.Start(start)!);
    }

    /// <summary>The same in a window of that width.</summary>
    public static TerminalSession On(GitLabDatabase database, TemporaryFolder folder, int columns, string command) =>
        Run(folder.Path, $"{CliProcess.ShellCommand} {command} --gitlab-db '{CliProcess.Address(database.ConnectionString)}'", columns);

    public static TerminalSession On(GitLabDatabase database, TemporaryFolder folder, params string[] arguments) =>
        Start(folder.Path, [.. arguments, "--gitlab-db", CliProcess.Address(database.ConnectionString)]);

    /// <summary>Waits until a text has come after the last that was waited for.</summary>
    /// <returns>What came from there to its end.</returns>
    public async Task<string> Until(string text)
    {
        var found = -1;
        await Eventually.True(() => (found = Seen().IndexOf(text, mark, StringComparison.Ordinal)) >= 0 || reading.IsCompleted, $"'{text}' after: {Seen()[mark..]}");
        Assert.True(found >= 0, $"The program ended without '{text}': {Seen()[mark..]}");
        var part = Seen()[mark..(found + text.Length)];
        mark = found + text.Length;
        return part;
    }

    /// <summary>Waits for a text, then types.</summary>
    public async Task<string> Answer(string text, string keys)
    {
        var part = await Until(text);
        await process.StandardInput.WriteAsync(keys);
        await process.StandardInput.FlushAsync();
        return part;
    }

    /// <summary>Waits until the program has ended.</summary>
    /// <returns>Its exit code, and what came after the last text that was waited for.</returns>
    public async Task<(int ExitCode, string After)> End()
    {
        await Eventually.InTime(reading);
        await Eventually.InTime(process.WaitForExitAsync());
        return (process.ExitCode, Seen()[mark..]);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        await reading;
        process.Dispose();
    }

    /// <summary>How many lines the cursor went up, each time that it did.</summary>
    public IEnumerable<int> WentUp
    {
        get
        {
            lock (seen)
                return [.. CursorUp.Matches(seen.ToString()).Select(match => int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture))];
        }
    }

    // What stands on the screen in the end is not asked for, only what was written: without the sequences that move and hide the cursor.
    private string Seen()
    {
        lock (seen)
            return ControlSequence.Replace(seen.ToString(), "").Replace("\r", "", StringComparison.Ordinal);
    }

    private static readonly System.Text.RegularExpressions.Regex CursorUp = new(@"\e\[([0-9]+)A");

    private static readonly System.Text.RegularExpressions.Regex ControlSequence = new(@"\e(\[[?0-9;]*[A-Za-z]|=|>)");

    private async Task Read()
    {
        var buffer = new char[4096];
        while (await process.StandardOutput.ReadAsync(buffer) is > 0 and var length)
        {
            lock (seen)
                seen.Append(buffer, 0, length);
        }
    }
}
