using System.ComponentModel;
using System.Diagnostics;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Clients;

/// <summary>
/// Clients that were written for GitLab and Jira, unchanged, against the real program: each goes through an administrator's day in a
/// script of its own, which prints a line for each promise and ends with 1 if one was not kept.
/// </summary>
public sealed class ClientTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "Patrol.Tests", "Clients");
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    // Debian's packages belong to Debian's Python, which need not be the first in the path.
    [Fact]
    public Task Python_gitlab() => Day(["python3", "/usr/bin/python3"], ["-c", "import gitlab"], "administrators_day.py", "apt-get install python3-gitlab");

    [Fact]
    public Task Ruby_gitlab() => Day(["ruby", "/usr/bin/ruby"], ["-e", "require 'gitlab'"], "administrators_day.rb", "apt-get install ruby-gitlab");

    [Fact]
    public Task Gitbeaker() => Day(["node"], ["--input-type=module", "-e", "import '@gitbeaker/rest'"], "administrators_day.mjs", "npm ci in tests/Patrol.Tests/Clients");

    [Fact]
    public Task Python_jira() => Day(["python3", "/usr/bin/python3"], ["-c", "import jira"], "jira_day.py", "apt-get install python3-jira");

    private static async Task Day(string[] interpreters, string[] probe, string script, string remedy)
    {
        var interpreter = await FirstWith(interpreters, probe);
        if (interpreter is null)
            Assert.Skip($"The client of {script} is not installed: {remedy}.");

        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.Start(folder.Path, environment: [$"PATROL_ROOT_TOKEN={PatrolApp.RootToken}", $"PATROL_ROOT_PASSWORD={AtlassianKit.RootPassword}"]);
        var (exitCode, output) = await Run(interpreter, [script], server.Address);
        if (exitCode != 0)
            Assert.Fail($"{script} ended with {exitCode}:\n{output}\n{server.Errors}");
        Assert.Contains("ok - ", output, StringComparison.Ordinal);
        TestContext.Current.TestOutputHelper?.WriteLine(output);
    }

    private static async Task<string?> FirstWith(string[] interpreters, string[] probe)
    {
        foreach (var interpreter in interpreters)
        {
            try
            {
                if (await Run(interpreter, probe, new Uri("http://127.0.0.1")) is (0, _))
                    return interpreter;
            }
            catch (Win32Exception)
            {
                // No such program.
            }
        }
        return null;
    }

    private static async Task<(int ExitCode, string Output)> Run(string program, string[] arguments, Uri address)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["PATROL_URL"] = address.ToString();
        start.Environment["PATROL_TOKEN"] = PatrolApp.RootToken;
        start.Environment["PATROL_PASSWORD"] = AtlassianKit.RootPassword;
        start.Environment["NO_PROXY"] = start.Environment["no_proxy"] = address.Host;
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var deadline = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return (-1, $"{await output}{await errors}{program} did not end within {Patience.TotalMinutes} minutes.");
        }
        return (process.ExitCode, $"{await output}{await errors}");
    }
}
