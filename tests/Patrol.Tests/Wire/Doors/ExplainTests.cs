using System.Diagnostics;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire.Doors;

public sealed class ExplainTests
{
    [Fact]
    public async Task Explain_says_beside_a_running_server_which_rules_decide_and_what_comes_of_it()
    {
        using var folder = new TemporaryFolder();
        const string root = "root-token-of-the-explain-tests";
        var rules = Path.Combine(Repository.Root, "docs/doors/doors.yaml");
        await using var server = await ServerProcess.Start(folder.Path, [$"--doors={rules}"], $"PATROL_ROOT_TOKEN={root}");
        using var client = server.Client(root);
        Assert.Equal(201, (await client.Post("projects", new { path = "app", visibility = "private" })).Status);

        var (code, lines) = await Explain(root, "GET", "https://files.example.com/files/root/app/-/a.txt", "--token-stdin", $"--doors={rules}");
        Assert.Equal(0, code);
        Assert.Contains(lines, line => line.StartsWith($"rule {rules}:", StringComparison.Ordinal) && line.EndsWith("/files/{project}/-/**", StringComparison.Ordinal));
        Assert.Contains("  scope read_api", lines);
        Assert.Contains("  project root/app, at least reporter, or visible to everybody", lines);
        Assert.Equal("opens: 204", lines[^1]);

        (code, lines) = await Explain(null, "GET", "/files/root/app/-/a.txt", $"--doors={rules}");
        Assert.Equal((1, "shut: 401 token_missing: No token was presented."), (code, lines[^1]));
        (code, lines) = await Explain(root, "PUT", "/files/root/none/-/a.txt", "--token-stdin", $"--doors={rules}");
        Assert.Equal(1, code);
        Assert.StartsWith("shut: 404 ", lines[^1], StringComparison.Ordinal);
        (code, lines) = await Explain(null, "GET", "/Health", $"--doors={rules}");
        Assert.Equal(1, code);
        (code, lines) = await Explain(null, "GET", "/assets/../wiki/x", $"--doors={rules}");
        Assert.StartsWith("shut: 400 ", lines[^1], StringComparison.Ordinal);
        (code, lines) = await Explain("nobody-ever-made-this-token", "GET", "/wiki/x", "--token-stdin", $"--doors={rules}");
        Assert.StartsWith("shut: 401 token_unknown", lines[^1], StringComparison.Ordinal);
        Assert.DoesNotContain(lines, line => line.Contains("nobody-ever-made-this-token", StringComparison.Ordinal));
        Assert.Equal(2, (await Explain(null, "GET")).Code);
        Assert.Equal(2, (await Explain(null, "GET", "/x", "--colour=red")).Code);
        Assert.Equal(0, await server.Stop());

        async Task<(int Code, string[] Lines)> Explain(string? token, params string[] arguments)
        {
            var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "patrol-server.dll"), "doors", "explain", .. arguments])
            {
                WorkingDirectory = folder.Path,
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var process = Process.Start(start)!;
            await process.StandardInput.WriteLineAsync(token);
            process.StandardInput.Close();
            var output = await Eventually.InTime(process.StandardOutput.ReadToEndAsync());
            await Eventually.InTime(process.WaitForExitAsync());
            return (process.ExitCode, output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
    }
}
