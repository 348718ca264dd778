using System.Text;
using Patrol.Cli.Failures;
using Patrol.Cli.Sinks;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Renewal;

/// <summary>A run from its plan, or from the journal of one that stopped, to its last line and exit code.</summary>
internal sealed class RenewalSession(RenewalRun run)
{
    /// <summary>Old tokens have come to their end in this run.</summary>
    public bool HasRevoked { get; private set; }

    /// <summary>Looks, asks, and renews.</summary>
    /// <param name="plan">What is to be renewed; of it what is due, and can be, is.</param>
    /// <param name="failures">What was refused before there was a plan for it.</param>
    /// <param name="folder">The journal's.</param>
    /// <param name="given">A new token from standard input.</param>
    /// <param name="confirm">Asks; null for a dry run.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<ExitCode> Start(
        RenewalPlan plan, IReadOnlyList<TokenOutcome> failures, string folder, Secret? given, Func<IReadOnlyList<CheckedToken>, bool>? confirm, CancellationToken cancellation)
    {
        run.Lock(plan.Resources, folder);
        RefuseUnfinished(folder, plan.Target);
        run.Output.Begin();
        foreach (var source in plan.Tokens.Select(token => token.Source).Distinct())
            await SignIn(plan, source, given, cancellation);
        var (due, outcomes) = await Check(plan, given, cancellation);
        outcomes.InsertRange(0, failures);
        outcomes.ForEach(run.Output.Outcome);
        if (confirm is null)
        {
            due.ForEach(token => run.Output.Outcome(Planned(token)));
            return ExitOf(outcomes);
        }
        if (due.Count == 0)
        {
            run.Screen.Say(outcomes.Exists(outcome => outcome.State == TokenState.Failed) ? "Nothing was renewed." : "Nothing is due.");
            return ExitOf(outcomes);
        }
        if (!confirm(due))
        {
            run.Screen.Say("Aborting!");
            return ExitCode.Done;
        }
        var chosen = plan with { Tokens = [.. due.Select(token => token.Plan)] };
        var (seal, keys) = Seal.Make(run.Variable, run.Sources.All.Select(source => source.Credential));
        using var journal = Journal.Prepare(folder, chosen, keys, run.Time.GetUtcNow());
        var tokens = TokenProgress.Of(journal, seal, run.Time);
        journal.Append([.. tokens.Zip(due, (progress, token) => progress.Intend(token.Owner, NewName.Make(token.Plan, run.Today), token.Held, token.Old))]);
        journal.Begin();
        return await Go(journal, tokens, outcomes, new RenewalEngine(run, tokens, given, begins: true), TimeSpan.FromSeconds(plan.SettleSeconds), plan.KeepOld ? OldTokens.Keep : OldTokens.RevokeUnused, cancellation);
    }

    /// <summary>Goes on with a journal.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="finish">Also revokes what was to be kept.</param>
    /// <param name="force">With <paramref name="finish"/>: what cannot be finished is left as it is.</param>
    /// <param name="correction">What of the plan is put right first.</param>
    /// <param name="given">A new token from standard input.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<ExitCode> Resume(string folder, bool finish, bool force, PlanCorrection correction, Secret? given, CancellationToken cancellation)
    {
        if (!Journal.Exists(folder))
        {
            run.Screen.Say($"There is nothing to {(finish ? "finish" : "resume")} in {folder}.");
            return ExitCode.Done;
        }
        using var journal = Journal.Open(folder);
        run.Lock(journal.Plan.Resources, folder);
        var credentials = journal.Plan.Tokens.Select(token => run.Sources.Credential(token.Source)).Distinct();
        var seal = Seal.Open(run.Variable, credentials, journal.Keys) ?? throw new CliFailure(
            ExitCode.NotAllowed, $"The journal in {folder} is sealed, and neither this user's key nor a token of the environment opens it. Go on as the user who began, or with the token that it was begun with.");
        correction.WriteTo(journal, run.Time.GetUtcNow());
        var plan = journal.Plan;
        var tokens = TokenProgress.Of(journal, seal, run.Time);
        // A crash before the first intentions were written: nothing was begun.
        if (tokens.Exists(token => token.Intention is null))
        {
            journal.Close("Nothing was begun.\n", run.Time.GetUtcNow());
            run.Screen.Say("Nothing was begun; the journal is closed. Run the renewal again.");
            return ExitCode.Done;
        }
        if (!finish && plan.KeepOld && tokens.TrueForAll(token => token.HasEnded || token.Done == RenewalStep.Settle))
        {
            run.Screen.Say("Everything is renewed; the old tokens are kept until `patrol renew finish`.");
            return ExitCode.Done;
        }
        foreach (var source in plan.Tokens.Select(token => token.Source).Distinct())
            await SignInAgain(tokens, source, cancellation);
        run.Output.Begin();
        var settle = finish && tokens.TrueForAll(token => token.HasEnded || token.Done >= RenewalStep.Settle) ? 0 : plan.SettleSeconds;
        var engine = new RenewalEngine(run, tokens, given, abandons: force);
        return await Go(journal, tokens, [], engine, TimeSpan.FromSeconds(settle), finish ? OldTokens.Revoke : plan.KeepOld ? OldTokens.Keep : OldTokens.RevokeUnused, cancellation);
    }

    private async Task<ExitCode> Go(
        Journal journal, List<TokenProgress> tokens, List<TokenOutcome> outcomes, RenewalEngine engine, TimeSpan settle, OldTokens old, CancellationToken cancellation)
    {
        // What a run that stopped had ended already is told again: nobody may have heard it.
        var ended = tokens.Where(token => token.HasEnded).Select(token => token.Plan.Name).ToHashSet(StringComparer.Ordinal);
        List<TokenOutcome> made = [.. JournalStatus.Of(journal).Where(outcome => ended.Contains(outcome.Token))];
        try
        {
            made.AddRange(await engine.Run(settle, old, cancellation));
        }
        // Whatever it is, also a mistake of this program: with two tokens alive nobody is left without a word.
        catch
        {
            run.Screen.Say($"The journal is in {journal.Folder}; `patrol renew resume` goes on, `patrol renew status` says from where. No old token is revoked that a holder still holds.");
            throw;
        }
        made.ForEach(run.Output.Outcome);
        outcomes.AddRange(made);
        HasRevoked = made.Exists(outcome => outcome.State == TokenState.Renewed);
        var unfinished = tokens.FindAll(token => !token.HasEnded);
        if (unfinished.Count == 0)
        {
            var report = new StringBuilder($"{journal.Plan.Target}\n");
            foreach (var outcome in outcomes)
                report.Append(RenewalOutput.Text(outcome)).Append('\n');
            journal.Close(report.ToString(), run.Time.GetUtcNow());
        }
        var renewed = outcomes.Count(outcome => outcome.State is TokenState.Renewed or TokenState.Kept);
        run.Screen.Say(
            $"{renewed} renewed{(outcomes.Exists(outcome => outcome.State == TokenState.Kept) ? " (old tokens kept)" : "")}, {outcomes.Count(outcome => outcome.State == TokenState.NotDue)} not due, {outcomes.Count(outcome => outcome.State == TokenState.Failed)} failed, "
            + $"{outcomes.Count(outcome => outcome.State == TokenState.Unfinished)} unfinished{(outcomes.Count(outcome => outcome.State == TokenState.Abandoned) is > 0 and var left ? $", {left} left as it is" : "")}{(unfinished.Count > 0 ? $"; journal: {journal.Folder}" : "")}.");
        return ExitOf(outcomes);
    }

    private async Task<(List<CheckedToken> Due, List<TokenOutcome> Outcomes)> Check(RenewalPlan plan, Secret? given, CancellationToken cancellation)
    {
        var checking = new Checking(run);
        var (due, outcomes) = (new List<CheckedToken>(), new List<TokenOutcome>());
        foreach (var token in plan.Tokens)
        {
            try
            {
                var found = await checking.Check(token, token.IsGiven ? given : null, cancellation);
                if (found.WhyDue is null)
                {
                    outcomes.Add(new TokenOutcome(token.Name, TokenState.NotDue, $"{Latest(found)}; --force renews it in any case.") { Old = found.Old });
                    continue;
                }
                due.Add(found);
                run.Output.Progress(token.Name, RenewalStep.Check, $"{string.Join(", ", found.Holders)}: ready, {found.WhyDue}");
            }
            catch (Exception fault) when (Patience.Explain(fault) is { } failure && !cancellation.IsCancellationRequested)
            {
                // Without the system, or without its permission, none of the others would fare better.
                if (token.SignsIn || plan.Tokens.Count == 1 || failure.Code is ExitCode.Unreachable or ExitCode.NotAllowed)
                    throw new CliFailure(failure.Code, $"{token.Name}: {failure.Message}", fault);
                outcomes.Add(TokenOutcome.Of(token.Name, failure));
            }
        }
        return (due, outcomes);
    }

    private async Task SignIn(RenewalPlan plan, PlannedSource planned, Secret? given, CancellationToken cancellation)
    {
        var source = run.Sources.Open(planned);
        if (given is not null && plan.Tokens.Any(token => token.IsGiven && token.Source == planned))
            source.Credential = given;
        if (source.Credential is null)
        {
            // For oneself the token that is held signs in.
            foreach (var holder in plan.Tokens.Where(token => token.Source == planned && token.IsOnesOwn).SelectMany(token => token.Holders))
            {
                await using var sink = run.Sinks.Open(holder);
                source.Credential ??= await sink.Read(cancellation);
            }
        }
        run.Sinks.Known.Add(source.Credential);
        await Patience.Try(Wait.Short, run.Time, () => source.Reach(cancellation), cancellation);
    }

    // The token of the environment may be the one that the run has revoked, or was about to.
    private async Task SignInAgain(List<TokenProgress> tokens, PlannedSource planned, CancellationToken cancellation)
    {
        var source = run.Sources.Open(planned);
        run.Sinks.Known.Add(source.Credential);
        var own = tokens.FindAll(token => token.Plan.Source == planned && !token.Undone);
        var mine = own.FindAll(token => token.New is not null && (token.Plan.SignsIn || (source.Credential is null ? token.Plan.IsOnesOwn : token.Held.Any(text => TokenText.Same(text, source.Credential)))));
        var texts = mine.Select(token => token.New).Append(source.Credential).Concat(own.Where(token => token.Plan.SignsIn || token.Plan.IsOnesOwn).SelectMany(token => token.Held));
        foreach (var text in texts.OfType<Secret>().Where(text => !TokenText.IsEmpty(text)))
        {
            if (await Patience.Try(Wait.Long, run.Time, () => Accepts(source, text, cancellation), cancellation))
            {
                source.Credential = text;
                return;
            }
        }
        await source.Reach(cancellation);
    }

    private static async Task<bool> Accepts(IRenewalSource source, Secret text, CancellationToken cancellation)
    {
        var before = source.Credential;
        source.Credential = text;
        try
        {
            await source.Reach(cancellation);
            return true;
        }
        catch (Exception fault) when (Patience.Explain(fault) is { Code: ExitCode.NotAllowed })
        {
            source.Credential = before;
            return false;
        }
    }

    private static TokenOutcome Planned(CheckedToken token) =>
        new(token.Plan.Name, TokenState.Due, $"A dry run: {token.WhyDue}; {(token.Given is { } given ? $"token {given.Id}, which was given" : "a new token")} for {token.Owner.Name}, {RenewalOutput.Expiry(token.Given is { ExpiresOn: var day } ? day : token.Plan.ExpiresOn)}, would be stored.") { Old = token.Old, Holders = token.Holders };

    private static string Latest(CheckedToken token) => token.Old.Count > 0 && token.Old[0].ExpiresOn is { } day ? $"It lasts until {day:yyyy-MM-dd}" : "It never expires";

    /// <summary>Refuses to begin where an earlier run has not come to its end.</summary>
    /// <param name="folder">The journal's.</param>
    /// <param name="target">What the new run is about.</param>
    /// <exception cref="CliFailure">There is one.</exception>
    public static void RefuseUnfinished(string folder, string target)
    {
        if (!Journal.Exists(folder))
            return;
        using var journal = Journal.Open(folder);
        throw journal.Plan.Target == target
            ? new CliFailure(ExitCode.SomeRefused, $"A renewal of {target} has not come to its end: run `patrol renew resume --journal {folder}` (or `finish`, if its old tokens were kept). A mistyped command or proof is replaced by `resume --after COMMAND` or `resume --file PLAN`.")
            : new CliFailure(
                ExitCode.SomeRefused,
                $"{folder} has the journal of another target, {journal.Plan.Target}, which has not come to its end. Nothing was done. Look with `patrol renew status --journal {folder}`, resume or finish that one, or give another folder. "
                + "If it cannot be gone on with, check by hand which token each of its holders holds and which of the owners' tokens are active, then move it away.");
    }

    private static ExitCode ExitOf(IReadOnlyList<TokenOutcome> outcomes)
    {
        var bad = outcomes.Where(outcome => outcome.State is TokenState.Failed or TokenState.Unfinished).ToList();
        return bad.Count == 0 ? ExitCode.Done
            : outcomes.Any(outcome => outcome.State is TokenState.Renewed or TokenState.Kept) ? ExitCode.SomeRefused
            : bad.Select(outcome => outcome.Code).Distinct().ToList() is [var code] && code is not ExitCode.WrongUsage ? code : ExitCode.SomeRefused;
    }
}
