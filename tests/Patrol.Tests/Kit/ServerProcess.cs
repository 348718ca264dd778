using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Patrol.Tests.Kit;

/// <summary>
/// The real program as a process of its own, started in an empty folder: what a user gets, with its exit code, its words and
/// the possibility to kill it.
/// </summary>
public sealed partial class ServerProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly StringBuilder errors = new();
    private readonly TaskCompletionSource<Uri> listens = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(ProcessStartInfo start)
    {
        process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) => Keep(output, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(errors, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Uri Address => listens.Task.Result;

    public string Output => Read(output);

    public string Errors => Read(errors);

    /// <summary>Starts the server and waits until it listens.</summary>
    /// <param name="folder">Where it is started.</param>
    /// <param name="options">Its command line. Unless told otherwise it listens on a free port.</param>
    /// <param name="environment">Its environment, as <c>NAME=value</c>; none of the tests' own PATROL_ and ASPNETCORE_ variables come through.</param>
    public static async Task<ServerProcess> Start(string folder, string[]? options = null, params string[] environment)
    {
        options ??= [];
        var urls = options.Concat(environment).Any(text => text.StartsWith("--urls", StringComparison.Ordinal) || text.StartsWith("ASPNETCORE_URLS", StringComparison.Ordinal));
        var server = new ServerProcess(Command(folder, urls ? options : ["--urls=http://127.0.0.1:0", .. options], environment));
        var ended = server.process.WaitForExitAsync();
        if (await Eventually.InTime(Task.WhenAny(server.listens.Task, ended)) == ended)
            throw new InvalidOperationException($"patrol-server ended with {server.process.ExitCode}:\n{server.Output}\n{server.Errors}");
        return server;
    }

    /// <summary>Runs a command line that is expected to end by itself.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> Run(string folder, string[] options, params string[] environment)
    {
        await using var server = new ServerProcess(Command(folder, options, environment));
        await Eventually.InTime(server.process.WaitForExitAsync());
        return (server.process.ExitCode, server.Output, server.Errors);
    }

    /// <summary>SIGKILL: the process is gone before it can do anything.</summary>
    public async Task Kill()
    {
        process.Kill();
        await Eventually.InTime(process.WaitForExitAsync());
    }

    /// <summary>SIGTERM; answers the exit code.</summary>
    public async Task<int> Stop()
    {
        Signals.Send(process, Signals.Terminate);
        await Eventually.InTime(process.WaitForExitAsync());
        return process.ExitCode;
    }

    /// <summary>A client with that token in <c>PRIVATE-TOKEN</c>.</summary>
    public HttpClient Client(string token)
    {
        var client = new HttpClient { BaseAddress = new Uri(Address, "/api/v4/") };
        client.DefaultRequestHeaders.Add("PRIVATE-TOKEN", token);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            await Kill();
        process.Dispose();
    }

    private static ProcessStartInfo Command(string folder, string[] options, string[] environment)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "patrol-server.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. options])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var name in start.Environment.Keys.Where(Speaks).ToList())
            start.Environment.Remove(name);
        foreach (var pair in environment)
            start.Environment[pair[..pair.IndexOf('=')]] = pair[(pair.IndexOf('=') + 1)..];
        return start;

        static bool Speaks(string name) =>
            name.StartsWith("PATROL", StringComparison.OrdinalIgnoreCase) || name.StartsWith("ASPNETCORE_", StringComparison.OrdinalIgnoreCase)
            || name is "DOTNET_ENVIRONMENT" or "DOTNET_URLS";
    }

    private void Keep(StringBuilder text, string? line)
    {
        if (line is null)
            return;
        lock (text)
            text.Append(line).Append('\n');
        if (Listens().Match(line) is { Success: true } match)
            listens.TrySetResult(new Uri(match.Groups[1].Value));
    }

    private static string Read(StringBuilder text)
    {
        lock (text)
            return text.ToString();
    }

    [GeneratedRegex(@" listens on (https?://[^,\s]+)")]
    private static partial Regex Listens();
}
