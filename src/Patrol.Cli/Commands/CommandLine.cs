using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Patrol.Cli.Failures;
using Patrol.Cli.Terminal;

namespace Patrol.Cli.Commands;

/// <summary>The program's command line: every command, and what happens to a line that is none.</summary>
internal static partial class CommandLine
{
    private static PatrolCommand[] Commands() =>
    [
        new AnalyzeCommand(),
        new CreateCommand(),
        new DatesCommand(),
        new EditCommand(),
        new ExtendCommand(),
        new FindCommand(),
        new LogsCommand(),
        new RemoveExpiryCommand(),
        new RenewCommand(),
        new RevokeCommand(),
        new RotateCommand(),
        new ShowCommand(),
        new UndoCommand(),
        new CompletionCommand(),
    ];

    public static async Task<int> Run(string[] arguments, Screen screen, TimeProvider time)
    {
        var surroundings = new Surroundings(screen, time, Environment.GetEnvironmentVariable);
        var root = Root(surroundings);
        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0 && parsed.Action is ParseErrorAction guessing)
        {
            screen.Say($"{OneLine(parsed.Errors[0].Message)}{Meant(parsed, guessing)} See: {Name(parsed.CommandResult.Command)} --help");
            return (int)ExitCode.WrongUsage;
        }
        if (Empty(parsed) is { } empty)
        {
            screen.Say($"{empty} is empty: give it a value, or leave it out. See: {Name(parsed.CommandResult.Command)} --help");
            return (int)ExitCode.WrongUsage;
        }
        // What the library itself prints, help above all, goes the way of all data, where failures are told in one line.
        await using var printed = new StringWriter();
        var code = await parsed.InvokeAsync(new InvocationConfiguration { Output = printed, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        return printed.ToString() is not { Length: > 0 } text ? code : await FailureEdge.Run(screen, _ =>
        {
            screen.Data.Text(text);
            return Task.FromResult((ExitCode)code);
        });
    }

    public static RootCommand Root(Surroundings surroundings)
    {
        var root = new RootCommand("Looks after the access tokens of GitLab, Patrol and others: who holds which, when they end, and what to do about it.");
        foreach (var command in Commands())
        {
            root.Subcommands.Add(command);
            foreach (var one in command.Subcommands.OfType<PatrolCommand>().Append(command))
            {
                one.Surroundings = surroundings;
                // Else what follows a switch is taken for its value, and nothing is completed there.
                foreach (var option in one.Options.OfType<Option<bool>>())
                    option.Arity = ArgumentArity.Zero;
            }
        }
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        // Without a command there is nothing to do but to say which there are.
        root.SetAction(arguments =>
        {
            root.Parse("--help").Invoke(arguments.InvocationConfiguration);
            return (int)ExitCode.WrongUsage;
        });
        return root;
    }

    // In scripts mostly a variable that nobody set; no option means anything by it.
    private static string? Empty(ParseResult parsed) => parsed.CommandResult.Children
        .Where(given => given.Tokens.Any(token => token.Value.Length == 0))
        .Select(given => given is OptionResult option ? option.Option.Name : ((ArgumentResult)given).Argument.Name).FirstOrDefault();

    // The library lists what would do line by line, and calls a number System.Int32.
    private static string OneLine(string message)
    {
        var lines = message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.Length > 1 ? $"{lines[0]} {string.Join(", ", lines[1..])}."
            : NotANumber().Replace(message, "${option}: '${text}' is not a number.");
    }

    [GeneratedRegex("^Cannot parse argument '(?<text>.*)' for (option|command) '(?<option>.*)' as expected type 'System.Int(32|64)'.$", RegexOptions.ExplicitCapture | RegexOptions.Singleline)]
    private static partial Regex NotANumber();

    // The library's guesses stand in lines of their own, below one that says that there are some.
    private static string Meant(ParseResult parsed, ParseErrorAction guessing)
    {
        using var said = new StringWriter();
        guessing.ShowHelp = false;
        parsed.Invoke(new InvocationConfiguration { Output = said, Error = TextWriter.Null });
        var guesses = said.ToString().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(line => !line.Contains(' ', StringComparison.Ordinal));
        return string.Join(" or ", guesses) is { Length: > 0 } words ? $" Did you mean {words}?" : "";
    }

    private static string Name(Command command) =>
        command is RootCommand ? "patrol" : $"{Name(command.Parents.OfType<Command>().First())} {command.Name}";
}

/// <summary>The library's help with the command's examples below.</summary>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        usual.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is PatrolCommand { Examples: var examples })
        {
            output.WriteLine("Examples:");
            foreach (var (line, does) in examples)
                output.WriteLine($"  {line}\n      {does}");
            output.WriteLine();
        }
        return 0;
    }
}
