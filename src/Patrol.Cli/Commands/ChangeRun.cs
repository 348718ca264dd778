using Patrol.Cli.Failures;
using Patrol.Cli.Sources;
using Patrol.Cli.Terminal;

namespace Patrol.Cli.Commands;

/// <summary>What a change says about itself.</summary>
/// <param name="Would">After "Would": <c>extend 3 tokens …</c>; the question is the same with a capital.</param>
/// <param name="Did">The last line: <c>Updated 3 tokens …</c>.</param>
internal sealed record ChangeWords(Func<long, string> Would, Func<long, string> Did)
{
    /// <summary>What there is nothing of, where there is nothing to do.</summary>
    public string Nothing { get; init; } = "No such token: nothing to do.";

    /// <summary>What happens for each step while it is under way.</summary>
    public string Doing { get; init; } = "Updating tokens";
}

/// <summary>
/// The way of every change of many tokens: count, ask, remember, act, and say what was done. It ends in one line, also where it was
/// interrupted or the system went away; that line says how to go on and how to go back.
/// </summary>
internal static class ChangeRun
{
    public static async Task<ExitCode> Run(
        Call call, ChangeOptions options, ISource source, TokenChange change, TokenFilter which, string command, ChangeWords words, CancellationToken cancellation)
    {
        var plan = await source.Plan(change, which, cancellation);
        if (plan.Tokens == 0)
        {
            call.Screen.Say(words.Nothing);
            return ExitCode.Done;
        }
        var lifted = plan.Memberships > 0 ? $" and lift {Memberships(plan.Memberships)}" : "";
        var would = words.Would(plan.Tokens) + lifted;
        if (options.DryRun(call))
        {
            call.Screen.Say($"Would {would}. Nothing was changed.");
            return ExitCode.Done;
        }
        await source.Rehearse(change, cancellation);
        if (!await options.Agrees(call, $"{char.ToUpperInvariant(would[0])}{would[1..]}?", cancellation))
            return ExitCode.Done;
        using var undo = UndoLog.Create(options.UndoPath(call, command));
        call.Screen.Say($"Undo file: {undo.Path}");
        var outcome = await ChangeBar.Show(call.Screen, words.Doing, plan.Tokens, progress => source.CarryOut(plan, undo, progress, cancellation));
        var did = Did(words, plan, outcome, undo);
        if (outcome.Ended is { } ended)
            throw Ended(ended, did);
        call.Screen.Say(did);
        return ExitCode.Done;
    }

    /// <summary>What was done, and how to go back.</summary>
    public static string Did(ChangeWords words, ChangePlan plan, ChangeOutcome outcome, UndoLog undo)
    {
        var kept = undo.Close();
        if (!kept)
            return "Nothing was changed, so the undo file is gone again.";
        var lifted = outcome.Memberships > 0 ? $", and lifted {Memberships(outcome.Memberships)}" : "";
        var fewer = outcome.Ended is null && outcome.Tokens < plan.Tokens ? $" ({plan.Tokens - outcome.Tokens} fewer than counted: they changed meanwhile)" : "";
        var unsure = outcome.Unsure is { } batch ? $" The fate of {batch.Done} more, ids {batch.FromId} to {batch.ToId}, is unknown; the undo file holds them, too." : "";
        var back = plan.CanBePutBack ? $" To put back what was: patrol undo {Quoted(undo.Path)}" : "";
        return $"{words.Did(outcome.Tokens)}{lifted}{fewer}.{unsure}{back}";
    }

    /// <summary>The failure that ended a run half way, with where it stands.</summary>
    public static CliFailure Ended(Exception fault, string did)
    {
        var failure = FailureEdge.Explain(fault);
        var again = fault is OperationCanceledException ? " Run the same command again to finish." : "";
        return new CliFailure(failure.Code, $"{failure.Message}{again} {did}", fault);
    }

    /// <summary><c>1 token</c>, <c>2 tokens</c>.</summary>
    public static string Tokens(long count) => count == 1 ? "1 token" : $"{count} tokens";

    /// <summary>Those that a change lifts.</summary>
    public static string Memberships(long count) =>
        count == 1 ? "1 membership of a bot that would have ended earlier" : $"{count} memberships of bots that would have ended earlier";

    /// <summary>A path for a command line.</summary>
    public static string Quoted(string path) => path.Contains(' ', StringComparison.Ordinal) ? $"'{path}'" : path;
}
