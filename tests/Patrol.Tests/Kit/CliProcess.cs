using System.Diagnostics;
using Npgsql;
using Patrol.Tests.Kit.GitLab;

namespace Patrol.Tests.Kit;

/// <summary>What a run of the tool came to.</summary>
internal sealed record CliRun(int ExitCode, string Output, string Errors)
{
    /// <summary>The data, if it went well.</summary>
    public string Good
    {
        get
        {
            Assert.True(ExitCode == 0, $"patrol ended with {ExitCode}:\n{Output}\n{Errors}");
            return Output;
        }
    }

    /// <summary>The one line on standard error, if it ended with that code and said nothing else.</summary>
    public string Line(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"patrol ended with {ExitCode} instead of {exitCode}:\n{Output}\n{Errors}");
        return Assert.Single(Errors.TrimEnd('\n').Split('\n'));
    }
}

/// <summary>The real tool as a process of its own, without a terminal.</summary>
internal sealed class CliProcess : IDisposable
{
    private readonly Process process;
    private readonly Task<string> output;
    private readonly Task<string> errors;

    private CliProcess(ProcessStartInfo start)
    {
        process = Process.Start(start)!;
        output = process.StandardOutput.ReadToEndAsync();
        errors = process.StandardError.ReadToEndAsync();
    }

    public Process Process => process;

    /// <summary>Where the program for .NET is: built beside the tests, with the libraries of its own that the tests' framework brings in theirs.</summary>
    private static readonly string Program =
        Path.Combine(Repository.Root, "artifacts", "bin", "Patrol.Cli", new DirectoryInfo(AppContext.BaseDirectory).Name, "patrol.dll");

    /// <summary>The same program compiled natively by <c>dotnet publish</c>; null if it was not, or before the other one was built.</summary>
    public static string? NativeProgram { get; } =
        Path.Combine(Repository.Root, "artifacts", "publish", "Patrol.Cli", "release", "patrol") is var path && File.GetLastWriteTimeUtc(path) > File.GetLastWriteTimeUtc(Program) ? path : null;

    /// <summary>What starts the tool: the program as people have it, which is there in a tenth of the time, or the one for .NET where no other was compiled.</summary>
    public static IReadOnlyList<string> Command { get; } = NativeProgram is null ? ["dotnet", Program] : [NativeProgram];

    /// <summary>The same as words of a shell.</summary>
    public static string ShellCommand { get; } = ShellWords(Command);

    /// <summary>How to name a database of the kit on the command line.</summary>
    public static string Address(string connectionString, string? user = null)
    {
        var parts = new NpgsqlConnectionStringBuilder(connectionString);
        return $"postgres://{user ?? parts.Username}@{parts.Host}:{parts.Port}/{parts.Database}";
    }

    /// <summary>Starts a command in a folder, with the environment's variables that are none of patrol's or PostgreSQL's, and those given as <c>NAME=value</c>.</summary>
    public static CliProcess Start(string folder, IEnumerable<string> arguments, string input = "", params string[] environment) =>
        Start([.. Command, .. arguments], folder, input, environment);

    private static CliProcess Start(IReadOnlyList<string> command, string folder, string input, string[] environment)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        SetEnvironment(start, folder, environment);
        var started = new CliProcess(start);
        started.process.StandardInput.Write(input);
        started.process.StandardInput.Close();
        return started;
    }

    /// <summary>Runs lines of the shell, to which the tool is <c>patrol</c>: for what only a shell can do to its output.</summary>
    public static async Task<CliRun> Shell(string folder, string script)
    {
        using var started = Start(["/bin/sh", "-c", $"patrol() {{ {ShellCommand} \"$@\"; }}\n{script}"], folder, "", []);
        return await started.End();
    }

    public static async Task<CliRun> Run(string folder, IEnumerable<string> arguments, string input = "", params string[] environment)
    {
        using var started = Start(folder, arguments, input, environment);
        return await started.End();
    }

    /// <summary>Runs a command to which no file may be longer than so many KiB: to a program the same as a disk that is full.</summary>
    public static async Task<CliRun> RunWithFullDisk(string folder, int blocks, IEnumerable<string> arguments, params string[] environment)
    {
        // On .NET its own just-in-time code is a file to the system, too.
        using var started = Start(
            ["bash", "-c", $"trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"", "bash", .. Command, .. arguments], folder, "", [.. environment, "DOTNET_EnableWriteXorExecute=0"]);
        return await started.End();
    }

    /// <summary>Runs a command of the program for .NET, whatever was compiled.</summary>
    public static async Task<CliRun> RunOnDotNet(string folder, IEnumerable<string> arguments, string input = "", params string[] environment)
    {
        using var started = Start(["dotnet", Program, .. arguments], folder, input, environment);
        return await started.End();
    }

    /// <summary>Words as a shell takes them.</summary>
    public static string ShellWords(IEnumerable<string> words) =>
        string.Join(' ', words.Select(word => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'"));

    /// <summary>Runs a command on a database of the kit, in an empty folder that is gone afterwards.</summary>
    public static async Task<CliRun> On(GitLabDatabase database, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        return await Run(folder.Path, [.. arguments, "--gitlab-db", Address(database.ConnectionString)]);
    }

    public async Task<CliRun> End()
    {
        await Eventually.InTime(process.WaitForExitAsync());
        return new CliRun(process.ExitCode, await output, await errors);
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.Dispose();
    }

    internal static void SetEnvironment(ProcessStartInfo start, string folder, string[] environment)
    {
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal) || name is "NO_COLOR" || name.EndsWith("_TOKEN", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["HOME"] = folder;
        start.Environment["XDG_CONFIG_HOME"] = "";
        start.Environment["DOTNET_NOLOGO"] = "1";
        foreach (var pair in environment)
            start.Environment[pair[..pair.IndexOf('=')]] = pair[(pair.IndexOf('=') + 1)..];
    }
}
