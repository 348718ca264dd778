using System.CommandLine;
using System.Globalization;
using Patrol.Cli.Failures;
using Patrol.Cli.Sources;
using Patrol.Cli.Terminal;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Commands;

/// <summary>How a command line names tokens: by ids, or by a text on standard input, where no process list shows it.</summary>
internal sealed class TokenOptions
{
    private readonly Argument<string[]> ids = new("id") { Arity = ArgumentArity.ZeroOrMore, HelpName = "ID" };
    private readonly Option<bool> stdin = new("--token-stdin") { Description = "The token's text comes on standard input" };

    private const string OneLine = "--token-stdin: a token's text on one line is expected on standard input.";

    private readonly bool several;

    private TokenOptions(Command command, bool several, bool texts)
    {
        this.several = several;
        ids.Description = several ? "Tokens' ids" : "The token's id";
        command.Arguments.Add(ids);
        if (texts)
            command.Options.Add(stdin);
    }

    /// <summary>One id or a text.</summary>
    public static TokenOptions One(Command command) => new(command, several: false, texts: true);

    /// <summary>Ids or a text.</summary>
    public static TokenOptions Many(Command command) => new(command, several: true, texts: true);

    /// <summary>One id, without texts.</summary>
    public static TokenOptions Id(Command command) => new(command, several: false, texts: false);

    /// <exception cref="CliFailure">One is none, or there are several where one is expected.</exception>
    public IReadOnlyList<long> Ids(Call call)
    {
        // As texts, so that what is no number is told as what it is, and not as an argument too many.
        long[] given = [.. (call.Get(ids) ?? []).Select(Read)];
        return several || given.Length <= 1 ? given : throw CliFailure.Usage("Name one token at a time.");
    }

    public bool FromStdin(Call call) => call.Get(stdin);

    /// <summary>The token that has the text on standard input.</summary>
    /// <exception cref="CliFailure">No token has it.</exception>
    public static async Task<FoundToken> FromStdin(Call call, ISource source, CancellationToken cancellation)
    {
        source.Demand(Ability.FindText);
        return await source.FindText(await ReadText(call, cancellation), cancellation)
            ?? throw new CliFailure(ExitCode.SomeRefused, $"No token in {source.Name} has this text.");
    }

    /// <summary>A token's text from standard input; on a terminal it is asked for and not shown.</summary>
    /// <exception cref="CliFailure">There is none, or there are several, of which all but one would be left as they are.</exception>
    public static async Task<Secret> ReadText(Call call, CancellationToken cancellation)
    {
        string? text;
        if (call.Screen.CanAsk)
        {
            Keys.StopEcho();
            call.Screen.SayPart("The token's text (it is not shown): ");
            text = await Keys.Hidden(cancellation);
            call.Screen.Say("");
        }
        else
        {
            text = await Console.In.ReadLineAsync(cancellation);
            while (Console.IsInputRedirected && await Console.In.ReadLineAsync(cancellation) is { } further)
            {
                if (!string.IsNullOrWhiteSpace(further))
                    throw CliFailure.Usage($"{OneLine} There is more than one line: give the texts one at a time.");
            }
        }
        text = text?.Trim();
        if (string.IsNullOrEmpty(text) || text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)))
            throw CliFailure.Usage(OneLine);
        return new Secret(text);
    }

    private static long Read(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id
        : throw CliFailure.Usage("An ID is a number such as 4711; `patrol find` shows them. A token's text is taken from standard input, with --token-stdin: here everybody on this machine can see it.");
}
