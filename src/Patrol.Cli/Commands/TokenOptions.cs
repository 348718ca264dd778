using System.CommandLine;
using System.Globalization;
using Patrol.Cli.Failures;
using Patrol.Cli.Sources;

namespace Patrol.Cli.Commands;

/// <summary>How a command line names tokens: by ids, or by a text on standard input, where no process list shows it.</summary>
internal sealed class TokenOptions
{
    private readonly Argument<string[]> ids = new("id") { Arity = ArgumentArity.ZeroOrMore, HelpName = "ID" };
    private readonly Option<bool> stdin = new("--token-stdin") { Description = "The token's text comes on standard input" };

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
        return await source.FindText(await GivenToken.Ask(call, cancellation), cancellation)
            ?? throw new CliFailure(ExitCode.SomeRefused, $"No token in {source.Name} has this text.");
    }

    private static long Read(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id
        : throw CliFailure.Usage("An ID is a number such as 4711; `patrol find` shows them. A token's text is taken from standard input, with --token-stdin: here everybody on this machine can see it.");
}
