using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Patrol.Cli.Commands;
using Patrol.Cli.Terminal;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Commands;

/// <summary>What helps people to type commands.</summary>
public sealed partial class HelpTests
{
    private static readonly RootCommand Root = CommandLine.Root(new Surroundings(
        new Screen(Stream.Null, TextWriter.Null, outputIsTerminal: false, errorsAreTerminal: false, canAsk: false, colours: false), TimeProvider.System, _ => null));

    [Fact]
    public async Task Every_command_shows_examples_in_its_help()
    {
        using var folder = new TemporaryFolder();
        foreach (var command in Root.Subcommands.OfType<PatrolCommand>().Where(command => !command.Hidden))
        {
            Assert.NotEmpty(command.Examples);
            var help = (await CliProcess.Run(folder.Path, [command.Name, "--help"])).Good;
            Assert.Contains("Examples:\n", help, StringComparison.Ordinal);
            Assert.All(command.Examples, example => Assert.Contains($"  {example.Line}\n      {example.Does}\n", help, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Every_example_is_a_line_that_the_program_takes()
    {
        var lines = Root.Subcommands.OfType<PatrolCommand>().SelectMany(command => command.Examples).Select(example => example.Line).ToList();
        Assert.NotEmpty(lines);
        foreach (var line in lines)
        {
            var match = PatrolPart().Match(line);
            Assert.True(match.Success, line);
            Assert.True(Root.Parse([.. CommandLineParser.SplitCommandLine(match.Groups["arguments"].Value.Replace('\'', '"'))]).Errors.Count == 0, line);
        }
    }

    [Theory]
    [InlineData("patrol fi", "find")]
    [InlineData("patrol find --exp", "--expired --expires-on --expires-within")]
    [InlineData("patrol find --kind pers", "personal")]
    [InlineData("patrol analyze --ji", "--jira")]
    public async Task Bash_completes_commands_options_and_their_words(string typed, string completed)
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "There is no bash.");
        using var folder = new TemporaryFolder();
        await Install(folder, $"exec {CliProcess.ShellCommand} \"$@\"");
        var script = $"""
            PATH='{folder.Path}':$PATH
            source <(patrol completion bash)
            COMP_LINE='{typed}' COMP_POINT={typed.Length} COMP_WORDS=({typed})
            COMP_CWORD=$((${"{"}#COMP_WORDS[@]{"}"} - 1))
            $(complete -p patrol | sed 's/.*-F \([^ ]*\).*/\1/') patrol
            echo "${"{"}COMPREPLY[*]{"}"}"
            """;
        Assert.Equal(completed, await Words(folder, "/bin/bash", "--norc", "-c", script));
    }

    [Theory]
    [InlineData("patrol fi", "find")]
    [InlineData("patrol find --exp", "--expired --expires-on --expires-within")]
    [InlineData("patrol find --kind pers", "personal")]
    [InlineData("patrol renew st", "status steps")]
    public async Task Fish_completes_commands_options_and_their_words(string typed, string completed)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/fish"), "There is no fish: run ./test as root or install the package fish.");
        using var folder = new TemporaryFolder();
        await Install(folder, $"exec {CliProcess.ShellCommand} \"$@\"");
        Assert.Equal(completed, await Words(folder, "/usr/bin/fish", "--no-config", "-c", $"set PATH '{folder.Path}' $PATH; patrol completion fish | source; complete -C '{typed}'"));
    }

    [Theory]
    [InlineData("patrol fi\t\r", "find")]
    [InlineData("patrol find --kind pers\t\r", "find --kind personal")]
    [InlineData("patrol find --no-e\t--sta\t\r", "find --no-expiry --state")]
    public async Task Zsh_completes_commands_options_and_their_words(string typed, string completed)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/zsh"), "There is no zsh: run ./test as root or install the package zsh.");
        using var folder = new TemporaryFolder();
        await Install(folder, $"case $1 in completion | '[suggest'*) exec {CliProcess.ShellCommand} \"$@\" ;; esac\necho \"ran: $*;\"");
        await using var zsh = TerminalSession.Run(folder.Path, $"env PS1='# ' PATH='{folder.Path}':$PATH zsh -f");
        await zsh.Answer("#", "autoload -U compinit; compinit -D -u; source <(patrol completion zsh) && echo rea\"\"dy\r");
        await zsh.Answer("ready", typed);
        Assert.EndsWith($"ran: {completed};", await zsh.Until(";"), StringComparison.Ordinal);
    }

    private static async Task Install(TemporaryFolder folder, string script)
    {
        await File.WriteAllTextAsync(folder["patrol"], $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder["patrol"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    private static async Task<string> Words(TemporaryFolder folder, string shell, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(shell, arguments) { UseShellExecute = false, RedirectStandardOutput = true, WorkingDirectory = folder.Path })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await Eventually.InTime(process.WaitForExitAsync());
        return string.Join(' ', output.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("analyse", "Unrecognized command or argument 'analyse'. Did you mean analyze? See: patrol --help")]
    [InlineData("renew stauts", "Unrecognized command or argument 'stauts'. Did you mean status? See: patrol renew --help")]
    [InlineData("find --expired-on 2026-12-31", "Unrecognized command or argument '--expired-on'. Did you mean --expires-on? See: patrol find --help")]
    [InlineData("show x", "An ID is a number such as 4711; `patrol find` shows them. A token's text is taken from standard input, with --token-stdin: here everybody on this machine can see it.")]
    [InlineData("revoke 12 abc --yes", "An ID is a number such as 4711; `patrol find` shows them. A token's text is taken from standard input, with --token-stdin: here everybody on this machine can see it.")]
    [InlineData("analyze --gitlab-db nonsense", "--gitlab-db cannot be read: give postgres://user@host:port/database, or host=HOST dbname=NAME user=NAME.")]
    public async Task A_slip_of_the_keyboard_is_told_with_what_was_meant(string typed, string line)
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(line, (await CliProcess.Run(folder.Path, typed.Split(' '))).Line(2));
    }

    // What stands before (sudo, a pipe) and behind (a file, a pipe) is the shell's.
    [GeneratedRegex(@"(^|[ (])patrol (?<arguments>[^|<>()]*)", RegexOptions.ExplicitCapture)]
    private static partial Regex PatrolPart();
}
