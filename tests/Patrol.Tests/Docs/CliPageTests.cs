using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Patrol.Tests.Kit;
using Patrol.Tests.Kit.GitLab;
using Patrol.Tests.Logs;

namespace Patrol.Tests.Docs;

/// <summary>
/// The outputs in docs/cli.md are what the tool says. Each command of the page's <c>console</c> blocks is run by a shell, one after
/// the other, on a small GitLab database, and the page compared; <c>PATROL_APPROVE=1</c> writes what came into the page instead.
/// </summary>
public sealed partial class CliPageTests : IDisposable
{
    private const string Page = "docs/cli.md";

    // The day that the page is told on. The commands run today: every date is moved, there and back.
    private static readonly DateOnly PageDay = new(2026, 11, 24);

    private readonly TemporaryFolder folder = new();
    private int daysSincePage;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Every_output_is_what_the_tool_says()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The page is told in a Linux shell.");
        await Prepare();
        var page = Repository.Read(Page);
        var told = new StringBuilder();
        var at = 0;
        foreach (Match block in ConsoleBlock().Matches(page))
        {
            told.Append(page, at, block.Groups["text"].Index - at);
            foreach (var command in block.Groups["text"].Value.Split('\n').Where(line => line.StartsWith("$ ", StringComparison.Ordinal)))
                told.Append(command).Append('\n').Append(await Answer(command[2..]));
            at = block.Groups["text"].Index + block.Groups["text"].Length;
        }
        told.Append(page, at, page.Length - at);
        if (Environment.GetEnvironmentVariable("PATROL_APPROVE") == "1")
            await File.WriteAllTextAsync(Path.Combine(Repository.Root, Page), told.ToString());
        else
            Assert.Equal(page, told.ToString());
    }

    [Fact]
    public async Task The_dialogue_of_edit_is_what_the_page_shows()
    {
        await Prepare();
        string[] arguments = ["edit", "--undo-file", "edit.undo", "--profile", "prod"];
        await using var terminal = TerminalSession.Start(folder.Path, arguments);
        var told = new StringBuilder($"$ patrol {string.Join(' ', arguments)}\n");
        told.Append(await terminal.Answer("  3. Quit\n", TerminalSession.Enter));
        told.Append(await terminal.Answer(Moved("  2026-11-20\n", daysSincePage), TerminalSession.Enter));
        told.Append(await terminal.Answer("to be? (", TerminalSession.Enter));
        told.Append(await terminal.Answer("(y/N) ", "y" + TerminalSession.Enter));
        told.Append(await terminal.Until("Updated 1204 tokens!\n"));
        var text = Moved(told.ToString(), -daysSincePage).Replace($"{folder.Path}/", "", StringComparison.Ordinal);
        var page = Repository.Read(Page);
        var block = DialogueBlock().Match(page).Groups["text"];
        if (Environment.GetEnvironmentVariable("PATROL_APPROVE") == "1")
            await File.WriteAllTextAsync(Path.Combine(Repository.Root, Page), page[..block.Index] + text + page[(block.Index + block.Length)..]);
        else
            Assert.Equal(block.Value, text);
    }

    [Fact]
    public void Every_command_has_its_place()
    {
        var page = Repository.Read(Page);
        var root = Patrol.Cli.Commands.CommandLine.Root(null!);
        Assert.Equal([], root.Subcommands.Where(command => !page.Contains($"\n## `patrol {command.Name}`", StringComparison.Ordinal)).Select(command => command.Name));
    }

    private async Task Prepare()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        daysSincePage = database.Today.DayNumber - PageDay.DayNumber;
        await database.Execute(Moved(Repository.Read("tests/Patrol.Tests/Docs/page.sql"), daysSincePage));
        await File.WriteAllTextAsync(folder["api_json.log"], Moved($"{LogText.Page}\n", daysSincePage));
        await File.WriteAllTextAsync(folder["token.txt"], "glpat-a-token-of-my-own-0001\n");
        await File.WriteAllTextAsync(folder["gitlab-secrets.json"], """{"gitlab_rails": {"db_key_base": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}}""");
        System.IO.Directory.CreateDirectory(folder[".config/patrol"]);
        await File.WriteAllTextAsync(folder[".config/patrol/config.yaml"], $"profiles:\n  prod:\n    gitlab-db: {CliProcess.Address(database.ConnectionString)}\n    gitlab-secrets: {folder["gitlab-secrets.json"]}\n");
        System.IO.Directory.CreateDirectory(folder["bin"]);
        await File.WriteAllTextAsync(folder["bin/patrol"], $"#!/bin/sh\nexec {CliProcess.ShellCommand} \"$@\"\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder["bin/patrol"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    private async Task<string> Answer(string command)
    {
        var start = new ProcessStartInfo("bash", ["-c", $"exec 2>&1\n{Moved(command, daysSincePage)}"])
        {
            WorkingDirectory = folder.Path,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        CliProcess.SetEnvironment(start, folder.Path, [$"PATH={folder["bin"]}:{Environment.GetEnvironmentVariable("PATH")}"]);
        using var shell = Process.Start(start)!;
        shell.StandardInput.Close();
        var output = await Eventually.InTime(shell.StandardOutput.ReadToEndAsync());
        await Eventually.InTime(shell.WaitForExitAsync());
        output = Moved(output, -daysSincePage).Replace($"{folder.Path}/", "", StringComparison.Ordinal);
        output = TokenText().Replace(output, "glpat-xxxxxxxxxxxxxxxxxxxx");
        output = DatabaseName().Replace(output, "gitlabhq_production on db.example.com");
        return output.Length == 0 || output.EndsWith('\n') ? output : $"{output}\n";
    }

    private static string Moved(string text, int days) => Date().Replace(text, match =>
        DateOnly.TryParseExact(match.Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? $"{day.AddDays(days):yyyy-MM-dd}" : match.Value);

    [GeneratedRegex("^```console\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex ConsoleBlock();

    [GeneratedRegex("^## `patrol edit`$.*?^```text\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex DialogueBlock();

    [GeneratedRegex(@"\b\d{4}-\d{2}-\d{2}")]
    private static partial Regex Date();

    [GeneratedRegex(@"\bglpat-[0-9A-Za-z_\-]{20,}(\.[0-9a-z]+)*", RegexOptions.ExplicitCapture)]
    private static partial Regex TokenText();

    [GeneratedRegex(@"\btest\d+ on 127\.0\.0\.1\b")]
    private static partial Regex DatabaseName();
}
