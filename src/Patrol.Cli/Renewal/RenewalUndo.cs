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
                await RevokeNew(token, cancellation);
        }
        await RevokeStrays(token, Wait.Long, cancellation);
        token.Undo();
    }

    // By its id only if the source says of the text, too, that it is this token's: the answer that made it may have named another.
    private async Task RevokeNew(TokenProgress token, CancellationToken cancellation)
    {
        var source = run.Sources.Open(token.Plan.Source);
        var known = await Patience.Try(Wait.Long, run.Time, () => source.Identify(token.New!, token.NewId, token.Plan, cancellation), cancellation);
        // Atlassian's does not say it of texts, but what that id is called.
        if (known is not null && known.Id == token.NewId && (known.Name == token.Intention.NewName || token.Plan.Source.Kind is not ("jira" or "confluence")))
            await Patience.Try(Wait.Long, run.Time, () => source.Revoke(token.NewId, cancellation), cancellation);
        else if (known is not null)
            run.Output.Note(token.Plan.Name, $"token {token.NewId}, which {source.Name} named as the new one, is another and is not revoked");
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

    /// <summary>Ends a renewal as it stands, since somebody wants it so: nothing is put back and nothing revoked.</summary>
    public async Task<TokenOutcome> Abandon(TokenProgress token, CliFailure failure, CancellationToken cancellation)
    {
        var living = await Patience.Try(Wait.Long, run.Time, () => run.Sources.Open(token.Plan.Source).Living(token.Owner, cancellation), cancellation);
        bool IsOurs(long id) => (token.New is not null && id == token.NewId) || token.Intention.Old.Any(old => old.Id == id);
        var alive = living is null ? "Which of its tokens live cannot be asked here"
            : living.Where(one => IsOurs(one.Id)).Select(one => one.Id).ToList() is { Count: > 0 } ids ? $"Still alive: token {string.Join(" and ", ids)}; revoke what nobody holds"
            : "None of its tokens lives";
        token.Abandon($"{failure.Message} It is left as it is and nothing was revoked. {alive}.");
        return new TokenOutcome(token.Plan.Name, TokenState.Abandoned, token.GivenUp!)
        {
            NewId = token.New is null ? null : token.NewId,
            Old = token.Intention.Old,
            ExpiresOn = token.ExpiresOn,
            Others = [.. living?.Where(one => !IsOurs(one.Id)) ?? []],
        };
    }

    /// <summary>What is where when a renewal stopped on the way.</summary>
    public TokenOutcome Stopped(TokenProgress token, CliFailure failure) => new(
        token.Plan.Name, TokenState.Unfinished,
        $"{failure.Message} It stopped after the step {RenewalSteps.NameOf(token.Done)}; "
        + (token.Done switch
        {
            // What the journal could not take may be done nevertheless.
            RenewalStep.Check when token.Broken is not null => $"no holder is changed; a token that was made is called '{token.Intention.NewName}' and has been, or will be, revoked.",
            RenewalStep.Journal or RenewalStep.Prove when token.Broken is not null => $"the new token {token.NewId} lives, and may be in its holders already; the old one lives, too.",
            RenewalStep.Settle when token.Broken is not null => $"the new token {token.NewId} was stored in every holder, the old one may be revoked already.",
            RenewalStep.Check => "nothing is made or changed.",
            RenewalStep.Journal or RenewalStep.Prove => $"the new token {token.NewId} is not in every holder yet.",
            RenewalStep.Revoke => $"the new token {token.NewId} was stored in every holder, the old one is revoked.",
            _ => $"the new token {token.NewId} was stored in every holder, the old one is not revoked.",
        })
        + " When the cause is gone: patrol renew resume. To leave everything as it is now: patrol renew finish --force.")
    {
        NewId = token.New is null ? null : token.NewId,
        Old = token.Intention.Old,
        ExpiresOn = token.ExpiresOn,
        Code = failure.Code,
    };
}
