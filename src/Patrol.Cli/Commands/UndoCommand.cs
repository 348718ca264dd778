using System.CommandLine;
using Patrol.Cli.Failures;
using Patrol.Cli.Sources;
using Patrol.Cli.Terminal;

namespace Patrol.Cli.Commands;

/// <summary>Puts back what a change overwrote, of what is still as it left it.</summary>
internal sealed class UndoCommand : PatrolCommand
{
    private readonly Argument<string> file = new("file") { Description = "The undo file that the change wrote", HelpName = "FILE" };
    private readonly ChangeOptions change;
    private readonly SystemOptions system;

    public UndoCommand()
        : base("undo", "Put back what an extend, remove-expiry, edit, revoke, create or rotate changed")
    {
        Arguments.Add(file);
        change = ChangeOptions.WithoutUndo(this);
        system = new SystemOptions(this);
    }

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("patrol undo patrol-extend-20261124-133000-123.undo --profile prod", "what is still as extend left it is as it was before"),
        ("patrol undo patrol-extend-20261124-133000-123.undo --dry-run --profile prod", "how much that is"),
    ];

    protected override async Task<ExitCode> Run(Call call, CancellationToken cancellation)
    {
        change.DemandAnswer(call);
        var undo = UndoFile.Open(call.Get(file)!);
        await using var source = await system.Open(call, cancellation);
        var found = await source.Undo(undo, dryRun: true, _ => { }, cancellation);
        if (found.Ended is { } failed)
            throw FailureEdge.Explain(failed);
        if (change.DryRun(call))
            return Told(call, $"Would {What(found, "put back", "revoke")}", found);
        if (found.Restored + found.Memberships + found.Revoked == 0)
            return Told(call, "Nothing to put back", found);
        if (!await change.Agrees(call, $"{What(found, "Put back", found.Restored + found.Memberships > 0 ? "revoke" : "Revoke")}?", cancellation))
            return ExitCode.Done;
        var total = found.Restored + found.AlreadyAsBefore + found.ChangedSinceCount;
        var outcome = await ChangeBar.Show(call.Screen, "Putting back", total, progress => source.Undo(undo, dryRun: false, progress, cancellation));
        var did = What(outcome, "Put back", outcome.Restored + outcome.Memberships > 0 ? "revoked" : "Revoked");
        return outcome.Ended is { } ended
            ? throw ChangeRun.Ended(ended, $"{did}; the rest waits for the same command again.")
            : Told(call, did, outcome);
    }

    private static ExitCode Told(Call call, string line, UndoOutcome outcome)
    {
        if (outcome.AlreadyAsBefore > 0)
            line += $"; {ChangeRun.Tokens(outcome.AlreadyAsBefore)} {(outcome.AlreadyAsBefore == 1 ? "is" : "are")} as before already";
        if (outcome.ChangedSinceCount > 0)
        {
            var more = outcome.ChangedSinceCount > outcome.ChangedSince.Count ? ", …" : "";
            line += $"; left alone {ChangeRun.Tokens(outcome.ChangedSinceCount)} that changed since (ID {string.Join(", ", outcome.ChangedSince.Order())}{more})";
        }
        if (outcome.MembershipsChangedSince > 0)
            line += $"; left alone {Memberships(outcome.MembershipsChangedSince)} that changed since";
        call.Screen.Say($"{line}.");
        return outcome.ChangedSinceCount + outcome.MembershipsChangedSince > 0 ? ExitCode.SomeRefused : ExitCode.Done;
    }

    private static string What(UndoOutcome outcome, string putBack, string revoke)
    {
        var parts = new List<string>();
        if (outcome.Restored > 0 || outcome.Revoked == 0)
            parts.Add($"{putBack} {ChangeRun.Tokens(outcome.Restored)}");
        if (outcome.Memberships > 0)
            parts.Add(parts.Count > 0 ? Memberships(outcome.Memberships) : $"{putBack} {Memberships(outcome.Memberships)}");
        if (outcome.Revoked > 0)
            parts.Add($"{revoke} {ChangeRun.Tokens(outcome.Revoked)} that {(outcome.Revoked == 1 ? "was" : "were")} made");
        return string.Join(" and ", parts);
    }

    private static string Memberships(long count) => count == 1 ? "1 membership" : $"{count} memberships";
}
