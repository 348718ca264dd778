using System.Net;
using Patrol.Cli.Failures;
using Patrol.Cli.Sinks;
using Patrol.Cli.Sources.Http;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Renewal;

/// <summary>
/// Takes every token of a journal through the steps, from wherever it is. First all tokens as far as their use, then, after one
/// common settle time, the old ones are revoked (<see cref="RenewalEnding"/>). What fails before a holder was written, or is refused
/// by one, is undone (<see cref="RenewalUndo"/>); what fails later stays as it is, both tokens alive, and can be gone on with.
/// </summary>
internal sealed class RenewalEngine(RenewalRun run, IReadOnlyList<TokenProgress> tokens, Secret? given, bool begins = false, bool abandons = false)
{
    private readonly RenewalUndo undo = new(run);
    private readonly RenewalEnding ending = new(run, new RenewalUndo(run));

    /// <summary>Goes through all tokens.</summary>
    /// <param name="settle">How long after storing the old token is revoked at the earliest.</param>
    /// <param name="old">What becomes of the old tokens.</param>
    /// <param name="cancellation">Ends it between two steps.</param>
    public async Task<List<TokenOutcome>> Run(TimeSpan settle, OldTokens old, CancellationToken cancellation)
    {
        var outcomes = new List<TokenOutcome>();
        run.Sinks.Known.Add(tokens.SelectMany(token => token.Held.Append(token.New)).Append(given));
        run.Passed(RenewalStep.Check);
        var advanced = new List<TokenProgress>();
        foreach (var token in tokens.Where(token => !token.HasEnded))
        {
            var outcome = await Attempt(token, () => Advance(token, cancellation), cancellation);
            if (outcome is null)
                advanced.Add(token);
            else
                outcomes.Add(outcome);
            // The tokens that follow would be made with the one that failed, or with a credential that is refused; or could not be written down.
            if (outcome is not null && (token.Broken is not null || (!abandons && (token.Plan.SignsIn || outcome.Code == ExitCode.NotAllowed))))
            {
                outcomes.AddRange(tokens.SkipWhile(other => other != token).Skip(1).Where(other => !other.HasEnded).Select(other => NotBegun(other, token, outcome.Code)));
                break;
            }
        }
        foreach (var token in advanced)
        {
            TokenOutcome? ended = null;
            outcomes.Add(await Attempt(token, async () => ended = await ending.End(token, settle, old, cancellation), cancellation) ?? ended!);
        }
        return outcomes;
    }

    private TokenOutcome NotBegun(TokenProgress token, TokenProgress failed, ExitCode code)
    {
        if (token.Done > RenewalStep.Check)
            return undo.Stopped(token, new CliFailure(code, $"Not gone on with, since {failed.Plan.Name} failed."));
        var why = $"Not begun, since {failed.Plan.Name} failed.";
        // What was given up is not gone on with, nor is what needed it. But in an earlier run one of these may have been made already.
        if (failed.Undone && (begins || failed.Plan.SignsIn))
        {
            token.GiveUp(why);
            token.Undo();
        }
        return new TokenOutcome(token.Plan.Name, token.Undone ? TokenState.Failed : TokenState.Unfinished, why) { Code = code };
    }

    // Null if it went well.
    private async Task<TokenOutcome?> Attempt(TokenProgress token, Func<Task> work, CancellationToken cancellation)
    {
        try
        {
            if (token.Broken is { } broken)
                throw broken;
            await work();
            return null;
        }
        catch (Exception fault) when (Patience.Explain(fault) is { } failure && !cancellation.IsCancellationRequested)
        {
            if (token.Broken is not null)
                return undo.Stopped(token, failure);
            if (token.Undone)
                return new TokenOutcome(token.Plan.Name, TokenState.Failed, failure.Message) { Code = failure.Code };
            return abandons ? await undo.Abandon(token, failure, cancellation) : undo.Stopped(token, failure);
        }
    }

    private async Task Advance(TokenProgress token, CancellationToken cancellation)
    {
        if (token.GivenUp is { } why)
        {
            await undo.Undo(token, cancellation);
            throw new CliFailure(ExitCode.SomeRefused, why);
        }
        try
        {
            if (token.Done < RenewalStep.Journal)
                await Make(token, cancellation);
            if (token.Done < RenewalStep.Prove)
                await Prove(token, cancellation);
            if (token.Done < RenewalStep.Store)
                await Store(token, cancellation);
        }
        // Refused for good, or answered that it cannot: nobody uses the new token yet, or everybody can get the old one back.
        // A credential that is not let in any more could not take it back either; another one can go on.
        catch (Exception fault) when (Patience.Explain(fault) is { } failure && undo.IsPossible(token) && token.Broken is null
            && failure is not { Code: ExitCode.NotAllowed, InnerException: ApiFault { Status: HttpStatusCode.Unauthorized } }
            && (failure.Code != ExitCode.Unreachable || (token.New is null && failure.InnerException is ApiFault { Status: not null })))
        {
            token.GiveUp(failure.Message);
            await undo.Undo(token, cancellation);
            throw;
        }
        if (token.Done < RenewalStep.Hook)
            await Hook(token, cancellation);
        if (token.Done < RenewalStep.Use)
            await Use(token, cancellation);
        SignIn(token);
        await ending.Watch(token, cancellation);
    }

    private async Task Make(TokenProgress token, CancellationToken cancellation)
    {
        var source = run.Sources.Open(token.Plan.Source);
        // A run that died between making and writing down left a token that nobody knows the text of.
        await undo.RevokeStrays(token, Wait.Short, cancellation);
        var (id, text, expiresOn) = token.Plan.IsGiven ? await Given(source, token, cancellation) : await Patience.Try(Wait.Short, run.Time, () => Issue(source, token, cancellation), cancellation);
        run.Sinks.Known.Add(text);
        run.Passed(RenewalStep.Issue);
        try
        {
            token.Keep(id, text, expiresOn);
        }
        catch (CliFailure)
        {
            // Without its text nobody could go on with it.
            await undo.RevokeStrays(token, Wait.Long, cancellation);
            throw;
        }
        run.Output.Progress(token.Plan.Name, RenewalStep.Issue, $"token {id} {(token.Plan.IsGiven ? "was given, of" : "made for")} {token.Owner.Name}, {RenewalOutput.Expiry(expiresOn)}");
        run.Passed(RenewalStep.Journal);
    }

    private async Task<(long Id, Secret Text, DateOnly? ExpiresOn)> Issue(IRenewalSource source, TokenProgress token, CancellationToken cancellation)
    {
        try
        {
            var (id, text) = await source.Issue(token.Owner, token.Intention.NewName, token.Plan, cancellation);
            return (id, text, token.Plan.ExpiresOn);
        }
        catch (ApiFault fault) when (fault.MayHaveHappened)
        {
            // No answer, and perhaps a token: it is looked for by its name, and what is found is of no use without its text.
            await undo.RevokeStrays(token, Wait.Long, cancellation);
            throw new CliFailure(ExitCode.Unreachable, fault.Message, fault);
        }
    }

    private async Task<(long Id, Secret Text, DateOnly? ExpiresOn)> Given(IRenewalSource source, TokenProgress token, CancellationToken cancellation)
    {
        var text = given ?? throw new CliFailure(ExitCode.SomeRefused, $"{token.Plan.Name}: its new token was given on standard input; give it there again.");
        var known = await Patience.Try(Wait.Short, run.Time, () => source.Identify(text, null, token.Plan, cancellation), cancellation)
            ?? throw new CliFailure(ExitCode.NotAllowed, $"{source.Name} does not accept the token that was given on standard input.");
        return (known.Id, text, known.ExpiresOn);
    }

    private async Task Prove(TokenProgress token, CancellationToken cancellation)
    {
        var source = run.Sources.Open(token.Plan.Source);
        await Patience.Try(Wait.Long, run.Time, async () =>
        {
            var known = await source.Identify(token.New!, token.NewId, token.Plan, cancellation)
                ?? throw new CliFailure(ExitCode.SomeRefused, $"{source.Name} does not accept token {token.NewId}, the new one.");
            if (WhyNot(token, known) is { } why)
                throw new CliFailure(ExitCode.SomeRefused, $"{source.Name}: the new token {known.Id} is not as asked for: {why}. It is not used.");
            await source.Use(token.New!, token.Owner, token.Plan, cancellation);
        }, cancellation);
        token.Finish(RenewalStep.Prove);
        run.Passed(RenewalStep.Prove);
    }

    private static string? WhyNot(TokenProgress token, KnownToken known)
    {
        var plan = token.Plan;
        return known.Id != token.NewId ? $"it takes its text for token {known.Id}"
            : known.OwnerId != token.Intention.OwnerId ? $"for user {known.OwnerId} instead of {token.Intention.Owner} ({token.Intention.OwnerId})"
            : plan.Scopes.Except(known.Scopes).ToList() is { Count: > 0 } missing ? $"without the scopes {string.Join(", ", missing)}"
            : plan.IsGiven ? null
            : known.Scopes.Except(plan.Scopes).ToList() is { Count: > 0 } more ? $"with more scopes than asked for: {string.Join(", ", more)}"
            : known.ExpiresOn is not { } day ? "without a day on which it expires"
            // Atlassian counts days from the moment of creation.
            : Math.Abs(day.DayNumber - plan.ExpiresOn.DayNumber) > (plan.Source.Kind is "jira" or "confluence" ? 1 : 0) ? $"until {day:yyyy-MM-dd} instead of {plan.ExpiresOn:yyyy-MM-dd}"
            : null;
    }

    private async Task Store(TokenProgress token, CancellationToken cancellation)
    {
        for (var index = 0; index < token.Plan.Holders.Count; index++)
        {
            await using var sink = run.Sinks.Open(token.Plan.Holders[index]);
            var expected = token.Held[index];
            await Patience.Try(Wait.Long, run.Time, () => sink.Store(expected, token.New!, cancellation), cancellation);
            if (sink.IsReadable && !TokenText.Same(await Patience.Try(Wait.Long, run.Time, () => sink.Read(cancellation), cancellation), token.New))
                throw new CliFailure(ExitCode.SomeRefused, $"{sink.Name} does not hold the new token after it was stored there.");
            run.Output.Progress(token.Plan.Name, RenewalStep.Store, $"stored in {sink.Name}");
        }
        token.Finish(RenewalStep.Store);
        run.Passed(RenewalStep.Store);
    }

    private async Task Hook(TokenProgress token, CancellationToken cancellation)
    {
        if (token.Plan.After is { } command)
        {
            run.Output.Progress(token.Plan.Name, RenewalStep.Hook, $"running: {command}");
            if (await new ChildProcess(run.Screen, run.Sinks.Known).Run(command, null, TimeSpan.FromSeconds(token.Plan.AfterSeconds), cancellation) is { } trouble)
                throw new CliFailure(ExitCode.SomeRefused, $"{trouble}: {command}. The new token is stored, the old one still works.");
        }
        token.Finish(RenewalStep.Hook);
        run.Passed(RenewalStep.Hook);
    }

    private async Task Use(TokenProgress token, CancellationToken cancellation)
    {
        var source = run.Sources.Open(token.Plan.Source);
        var wait = token.Plan.After is null ? Wait.Long : Wait.Restart;
        // The holders are read, so that what is proven is what they would read.
        await ending.Restore(token, cancellation);
        var text = token.New!;
        await Patience.Try(wait, run.Time, () => source.Use(text, token.Owner, token.Plan, cancellation), cancellation);
        foreach (var proof in token.Plan.Proofs)
            await Patience.Try(wait, run.Time, () => Proofs.Prove(proof, text, run, cancellation), cancellation);
        token.Finish(RenewalStep.Use);
        run.Output.Progress(token.Plan.Name, RenewalStep.Use, $"token {token.NewId} works where it is used");
        run.Passed(RenewalStep.Use);
    }

    // From here on the old token is about to die, so nothing may sign in with it any more.
    private void SignIn(TokenProgress token)
    {
        var own = run.Sources.Open(token.Plan.Source);
        foreach (var source in run.Sources.All.Where(source => (source == own && (token.Plan.SignsIn || (source.Credential is null && token.Plan.IsOnesOwn))) || token.Held.Any(text => text is not null && TokenText.Same(text, source.Credential))))
            source.Credential = token.New;
    }
}
