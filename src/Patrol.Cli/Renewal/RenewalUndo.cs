using Patrol.Cli.Failures;
using Patrol.Cli.Sinks;

namespace Patrol.Cli.Renewal;

/// <summary>Takes a renewal back that cannot go on: the holders get what they held, then the new token is revoked. Never the old one.</summary>
internal sealed class RenewalUndo(RenewalRun run)
{
    /// <summary>Whether everything can be put back: what a holder held must be known to be put there again.</summary>
    public bool IsPossible(TokenProgress token) => token.Done < RenewalStep.Prove || !token.Held.Contains(null);

    /// <summary>Puts back, revokes, and writes down that it is done.</summary>
    /// <exception cref="CliFailure">Something could not be put back; then the new token lives on, for those that hold it.</exception>
    public async Task Undo(TokenProgress token, CancellationToken cancellation)
    {
        if (token.New is not null)
        {
            for (var index = 0; index < token.Plan.Holders.Count; index++)
            {
                if (token.Held[index] is not { } before)
                    continue;
                await using var sink = run.Sinks.Open(token.Plan.Holders[index]);
                // What cannot be read any more is looked at by the caller of resume; what holds something else is somebody else's.
                if (!TokenText.Same(await Patience.Try(Wait.Long, run.Time, () => sink.Read(cancellation), cancellation), token.New))
                    continue;
                await Patience.Try(Wait.Long, run.Time, () => sink.Store(token.New, before, cancellation), cancellation);
                run.Output.Note(token.Plan.Name, $"{sink.Name} holds again what it held before");
            }
            if (!token.Plan.IsGiven)
                await Patience.Try(Wait.Long, run.Time, () => run.Sources.Open(token.Plan.Source).Revoke(token.NewId, cancellation), cancellation);
        }
        await RevokeStrays(token, Wait.Long, cancellation);
        token.Undo();
    }

    /// <summary>Revokes what bears the new token's name, which no other has, but is not the one whose text is known.</summary>
    public async Task RevokeStrays(TokenProgress token, Wait wait, CancellationToken cancellation)
    {
        if (token.Plan.IsGiven)
            return;
        var source = run.Sources.Open(token.Plan.Source);
        var living = await Patience.Try(wait, run.Time, () => source.Living(token.Owner, cancellation), cancellation);
        foreach (var stray in living?.Where(one => one.Name == token.Intention.NewName && (token.New is null || one.Id != token.NewId)) ?? [])
        {
            await Patience.Try(wait, run.Time, () => source.Revoke(stray.Id, cancellation), cancellation);
            run.Output.Note(token.Plan.Name, $"token {stray.Id}, made before but never stored, is revoked");
        }
    }

    /// <summary>What is where when a renewal stopped on the way.</summary>
    public TokenOutcome Stopped(TokenProgress token, CliFailure failure) => new(
        token.Plan.Name, TokenState.Unfinished,
        $"{failure.Message} It stopped after the step {RenewalSteps.NameOf(token.Done)}; "
        + (token.Done switch
        {
            RenewalStep.Check => "nothing is made or changed.",
            RenewalStep.Journal or RenewalStep.Prove => $"the new token {token.NewId} is made, but not in every holder.",
            RenewalStep.Revoke => $"the holders hold the new token {token.NewId}, the old one is revoked.",
            _ => $"the holders hold the new token {token.NewId}, the old one is not revoked.",
        })
        + " When the cause is gone: patrol renew resume.")
    {
        NewId = token.New is null ? null : token.NewId,
        Old = token.Intention.Old,
        ExpiresOn = token.New is null ? null : token.Plan.ExpiresOn,
        Code = failure.Code,
    };
}
