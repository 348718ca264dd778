using System.Diagnostics;
using System.Text;
using Patrol.Cli.Terminal;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sinks;

/// <summary>
/// Runs other programs. None finds a token in its arguments or in its environment unless it is the one that needs it; what they
/// print is shown with known tokens blacked out; and none outlasts its limit.
/// </summary>
internal sealed class ChildProcess(Screen screen, KnownTokens known)
{
    // Everything by which this program is given secrets.
    private static readonly string[] Credentials =
        ["GITLAB_TOKEN", "GITLAB_ROOT_TOKEN", "PATROL_TOKEN", "JIRA_TOKEN", "CONFLUENCE_TOKEN", "MYSQL_PWD", "PGPASSWORD", "PATROL_FAILPOINT"];

    /// <summary>Runs a command of the shell and shows what it prints.</summary>
    /// <returns>Null if it ended well, else what went wrong.</returns>
    public async Task<string?> Run(string command, Secret? input, TimeSpan limit, CancellationToken cancellation) =>
        (await Run(command, input, limit, isShown: true, cancellation)).Trouble;

    /// <summary>Runs a command of the shell and answers what it prints.</summary>
    public async Task<(string Output, string? Trouble)> Read(string command, Secret? input, TimeSpan limit, CancellationToken cancellation) =>
        await Run(command, input, limit, isShown: false, cancellation);

    /// <summary>Runs a program with variables of its own, showing nothing.</summary>
    public async Task<string?> Run(IReadOnlyList<string> program, IReadOnlyDictionary<string, string> environment, TimeSpan limit, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program[0], program.Skip(1));
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return (await Run(start, program[0], null, limit, isShown: false, cancellation)).Trouble;
    }

    private Task<(string Output, string? Trouble)> Run(string command, Secret? input, TimeSpan limit, bool isShown, CancellationToken cancellation) =>
        Run(OperatingSystem.IsWindows() ? new ProcessStartInfo("cmd.exe", ["/c", command]) : new ProcessStartInfo("/bin/sh", ["-c", command]), "The command", input, limit, isShown, cancellation);

    private async Task<(string Output, string? Trouble)> Run(ProcessStartInfo start, string name, Secret? input, TimeSpan limit, bool isShown, CancellationToken cancellation)
    {
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError, start.UseShellExecute) = (true, true, true, false);
        foreach (var (variable, value) in start.Environment.ToList())
        {
            if (Credentials.Contains(variable) || known.AreIn(value))
                start.Environment.Remove(variable);
        }
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception fault)
        {
            return ("", $"{name} cannot be run: {fault.Message}");
        }
        using (process)
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            deadline.CancelAfter(limit);
            var output = new StringBuilder();
            var reading = Task.WhenAll(Copy(process.StandardOutput, isShown ? null : output, deadline.Token), Copy(process.StandardError, isShown ? null : new StringBuilder(), deadline.Token));
            try
            {
                await Give(process, input);
                await process.WaitForExitAsync(deadline.Token);
                // What a daemon that it left behind prints is not waited for.
                await Task.WhenAny(reading, Task.Delay(TimeSpan.FromSeconds(1), deadline.Token));
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                cancellation.ThrowIfCancellationRequested();
                return ("", $"{name} did not end within {limit.TotalSeconds:0} seconds and was ended");
            }
            return (output.ToString(), process.ExitCode == 0 ? null : $"{name} ended with {process.ExitCode}");
        }
    }

    private static async Task Give(Process process, Secret? input)
    {
        try
        {
            if (input is not null)
                await process.StandardInput.WriteAsync($"{input.Reveal()}\n");
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It does not read; how it ends tells whether that was right.
        }
    }

    private async Task Copy(StreamReader from, StringBuilder? into, CancellationToken cancellation)
    {
        try
        {
            while (await from.ReadLineAsync(cancellation) is { } line)
            {
                if (into is not null)
                    into.Append(line).Append('\n');
                else
                    screen.Say($"  | {known.Cover(line)}");
            }
        }
        catch (OperationCanceledException)
        {
            // The deadline; the one who set it says so.
        }
    }
}
