using Patrol.Cli.Failures;
using Patrol.Cli.Terminal;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Commands;

/// <summary>A token's text on standard input, where no process list shows it.</summary>
internal static class GivenToken
{
    private const string OneLine = "--token-stdin: a token's text on one line is expected on standard input.";

    /// <summary>The text; on a terminal it is asked for and not shown.</summary>
    /// <exception cref="CliFailure">There is none, or there are several, of which all but one would be left as they are.</exception>
    public static async Task<Secret> Ask(Call call, CancellationToken cancellation)
    {
        if (!call.Screen.CanAsk)
            return await Read(cancellation) ?? throw CliFailure.Usage(OneLine);
        Keys.StopEcho();
        call.Screen.SayPart("The token's text (it is not shown): ");
        var text = await Keys.Hidden(cancellation);
        call.Screen.Say("");
        return Checked(text) ?? throw CliFailure.Usage(OneLine);
    }

    /// <summary>The text, or null if standard input is empty.</summary>
    /// <exception cref="CliFailure">It is no token's text, or there are several.</exception>
    public static async Task<Secret?> Read(CancellationToken cancellation)
    {
        var text = await Console.In.ReadLineAsync(cancellation);
        while (Console.IsInputRedirected && await Console.In.ReadLineAsync(cancellation) is { } further)
        {
            if (!string.IsNullOrWhiteSpace(further))
                throw CliFailure.Usage($"{OneLine} There is more than one line: give the texts one at a time.");
        }
        return Checked(text);
    }

    private static Secret? Checked(string? text)
    {
        text = text?.Trim();
        if (string.IsNullOrEmpty(text))
            return null;
        return text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)) ? throw CliFailure.Usage(OneLine) : new Secret(text);
    }
}
