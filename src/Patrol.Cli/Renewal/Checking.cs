using Patrol.Cli.Failures;
using Patrol.Cli.Sinks;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Renewal;

/// <summary>What was found before anything is done.</summary>
/// <param name="Plan">The token.</param>
/// <param name="Owner">Whose it is.</param>
/// <param name="Held">What each holder holds; null where it cannot be read.</param>
/// <param name="Old">The live tokens that these texts are, each once.</param>
/// <param name="Holders">What the holders are called.</param>
/// <param name="WhyDue">Why it is renewed; null if it is not due.</param>
/// <param name="Given">The new token, where it was given.</param>
internal sealed record CheckedToken(
    PlannedToken Plan, TokenOwner Owner, IReadOnlyList<Secret?> Held, IReadOnlyList<KnownToken> Old, IReadOnlyList<string> Holders, string? WhyDue, KnownToken? Given = null);

/// <summary>The first step: every holder is writable and holds what is expected, the owner is there, and the token is due.</summary>
internal sealed class Checking(RenewalRun run)
{
    private const long RootId = 1;

    /// <summary>Looks, and changes nothing.</summary>
    /// <exception cref="CliFailure">It cannot be renewed, or should be looked at by somebody first.</exception>
    public async Task<CheckedToken> Check(PlannedToken plan, Secret? given, CancellationToken cancellation)
    {
        var source = run.Sources.Open(plan.Source);
        var held = new List<Secret?>();
        var names = new List<string>();
        foreach (var holder in plan.Holders)
        {
            await using var sink = run.Sinks.Open(holder);
            held.Add(await Patience.Try(Wait.Short, run.Time, () => sink.Check(cancellation), cancellation));
            names.Add(sink.Name);
            run.Sinks.Known.Add(held[^1]);
            if (plan.MustHoldToken && held[^1] is { } there && TokenText.IsEmpty(there))
                throw new CliFailure(ExitCode.SomeRefused, $"{sink.Name} holds no token. Was it made while GitLab was switched off?");
        }
        var known = await Identify(source, plan, held, names, cancellation);
        var givenToken = given is null ? null : await source.Identify(given, null, plan, cancellation)
            ?? throw new CliFailure(ExitCode.NotAllowed, $"{source.Name} does not accept the token that was given on standard input.");
        if (givenToken?.ExpiresOn is { } last)
            LooksAtExpiry(plan, last);
        var owner = await Patience.Try(Wait.Short, run.Time, () => source.FindOwner(plan, givenToken ?? known.OfType<KnownToken>().FirstOrDefault(), cancellation), cancellation);
        if (known.FindIndex(token => token is not null && token.OwnerId != owner.Id) is >= 0 and var strange)
        {
            if (givenToken is not null)
                throw new CliFailure(ExitCode.SomeRefused, $"The token that was given on standard input is {owner.Name}'s (user {owner.Id}), but {names[strange]} holds token {known[strange]!.Id} of user {known[strange]!.OwnerId}. Give a new token of that user.");
            throw new CliFailure(
                ExitCode.SomeRefused, $"{names[strange]} holds token {known[strange]!.Id}, which is not {owner.Name}'s but the one of user {known[strange]!.OwnerId}. Put a token of {owner.Name} there first, so that no other user's token is revoked.");
        }
        if (plan.SignsIn && known.TrueForAll(token => token is null))
            LooksAtOwner(owner, names, givenToken is not null);
        // Says now whether tokens of others may be seen, and so made: nothing is made yet.
        var living = await Patience.Try(Wait.Short, run.Time, () => source.Living(owner, cancellation), cancellation);
        var old = known.OfType<KnownToken>().DistinctBy(token => token.Id).ToList();
        // A holder that cannot be read: the single token that an earlier run made for this plan, if there is one.
        if (held.Contains(null) && old.Count == 0 && living?.Where(token => NewName.Start(token.Name) == plan.TokenName && token.Name != plan.TokenName).ToList() is [var made])
        {
            old.Add(made);
            return new CheckedToken(plan, owner, held, old, names, WhyDue(plan, [made], held), givenToken);
        }
        return new CheckedToken(plan, owner, held, old, names, WhyDue(plan, held.Contains(null) ? [.. old, .. known.Where((_, index) => held[index] is not null)] : known, held), givenToken);
    }

    // Nothing that is held tells whose token belongs there. GitLab's first user, who may be called otherwise, is root.
    private static void LooksAtOwner(TokenOwner owner, List<string> names, bool isGiven)
    {
        if (owner.Id == RootId || owner.Name == "root" || (isGiven && owner.IsAdministrator))
            return;
        throw new CliFailure(ExitCode.SomeRefused, isGiven
            ? $"The token that was given on standard input is {owner.Name}'s (user {owner.Id}), who is neither root nor an administrator. Give a token of root."
            : $"What {string.Join(" and ", names)} holds is not known to GitLab, and the token that signs in is {owner.Name}'s (user {owner.Id}): a token of {owner.Name} would be stored as root's. Sign in with a token of root, or give a new one with --token-stdin.");
    }

    // Nobody asked its source for this date, so nobody may have looked at it.
    private void LooksAtExpiry(PlannedToken plan, DateOnly last)
    {
        if (last <= run.Today)
            throw new CliFailure(ExitCode.SomeRefused, $"The token that was given on standard input expires on {last:yyyy-MM-dd}, which is not after today: make another.");
        if (last < plan.ExpiresOn)
            run.Output.Note(plan.Name, $"the token that was given expires on {last:yyyy-MM-dd}, sooner than {plan.ExpiresOn:yyyy-MM-dd}, which was asked for");
    }

    private async Task<List<KnownToken?>> Identify(IRenewalSource source, PlannedToken plan, List<Secret?> held, List<string> names, CancellationToken cancellation)
    {
        var known = new List<KnownToken?>();
        for (var index = 0; index < held.Count; index++)
        {
            var text = held[index];
            var same = held.FindIndex(other => TokenText.Same(other, text));
            var token = text is null || TokenText.IsEmpty(text) ? null
                : same < index ? known[same]
                : await Patience.Try(Wait.Short, run.Time, () => source.Identify(text, null, plan, cancellation), cancellation);
            if (token is null && text is not null && TokenText.LooksEncrypted(text.Reveal()))
                throw new CliFailure(ExitCode.SomeRefused, $"What {names[index]} holds looks encrypted, and {source.Name} does not know it. A token in clear would not be read there.");
            known.Add(token);
        }
        return known;
    }

    private static string? WhyDue(PlannedToken plan, List<KnownToken?> known, List<Secret?> held) =>
        plan.DueUntil is not { } until ? "it is to be renewed in any case"
        : known.Count == 0 || known.Contains(null) ? "its source does not know what is held now, or it has expired"
        : held.Exists(text => text is not null && held.Exists(other => other is not null && !TokenText.Same(text, other))) ? "its holders do not hold the same"
        : known.Select(token => token!.ExpiresOn).Where(day => day <= until).Min() is { } day ? $"it expires on {day:yyyy-MM-dd}"
        : null;
}
