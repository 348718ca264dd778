using Patrol.Cli.Failures;
using Patrol.Cli.Sinks;
using Patrol.Cli.Sinks.Sql;

namespace Patrol.Cli.Renewal;

/// <summary>What becomes of the old tokens.</summary>
internal enum OldTokens
{
    /// <summary>They are revoked, whoever uses them.</summary>
    Revoke,

    /// <summary>They are revoked unless somebody used them when the new ones were in use already: work that reads its token once, at its start, and runs.</summary>
    RevokeUnused,

    /// <summary>They live on.</summary>
    Keep,
}

/// <summary>
/// The last steps: settle, revoke, report. Holders are read once more right before the old token dies: Exastro's own settings page
/// reads a whole row, works for minutes, and writes the whole row back, the old token with it.
/// </summary>
internal sealed class RenewalEnding(RenewalRun run, RenewalUndo undo)
{
    private const int MostRestores = 3;

    // When the old tokens had last been used as the new ones came into use; compared with the system's own clock alone.
    private readonly Dictionary<long, DateTimeOffset?> lastUses = [];

    /// <summary>Remembers when the old tokens were last used. From here on nothing of this run signs in with them.</summary>
    public async Task Watch(TokenProgress token, CancellationToken cancellation)
    {
        foreach (var old in await StillLiving(token, cancellation))
            lastUses[old.Id] = old.LastUsedAt;
    }

    public async Task<TokenOutcome> End(TokenProgress token, TimeSpan settle, OldTokens old, CancellationToken cancellation)
    {
        if (token.Done < RenewalStep.Settle)
            await Settle(token, settle, cancellation);
        var holders = await Holders(token, cancellation);
        if (token.Done < RenewalStep.Revoke)
        {
            // One that a slow system made after all, when the answer had been given up and another asked for.
            await undo.RevokeStrays(token, Wait.Long, cancellation);
            var why = old == OldTokens.Keep ? "The old token still works; `patrol renew finish` revokes it."
                : old == OldTokens.RevokeUnused && await Used(token, cancellation) is { } used
                    ? $"The old token {used.Id} was used again, at {used.LastUsedAt:yyyy-MM-dd HH:mm} UTC, after the new one was in place: some work began before and still runs. It is not revoked; when that work has ended, `patrol renew finish` does it."
                : null;
            if (why is not null)
                return Outcome(token, TokenState.Kept, why, holders, await Others(token, token.Intention.Old, cancellation), []);
        }
        var notes = new List<string>();
        var revoked = new List<KnownToken>();
        foreach (var one in token.Intention.Old.Where(one => one.Id != token.NewId))
        {
            if (await HeldElsewhere(token, cancellation) is { } where)
            {
                notes.Add($"token {one.Id} is not revoked: {where} holds it, too");
                continue;
            }
            if (token.Done < RenewalStep.Revoke)
                await Patience.Try(Wait.Long, run.Time, () => run.Sources.Open(token.Plan.Source).Revoke(one.Id, cancellation), cancellation);
            revoked.Add(one);
        }
        var others = await Others(token, [], cancellation);
        if (others.FirstOrDefault(other => revoked.Exists(old => old.Id == other.Id)) is { } alive)
            throw new CliFailure(ExitCode.SomeRefused, $"Token {alive.Id} was revoked, but is still among the live ones.");
        if (token.Done < RenewalStep.Revoke)
        {
            token.Finish(RenewalStep.Revoke);
            run.Output.Progress(token.Plan.Name, RenewalStep.Revoke, revoked.Count > 0 ? $"token {string.Join(" and ", revoked.Select(old => old.Id))} revoked" : "nothing to revoke");
            run.Passed(RenewalStep.Revoke);
        }
        var outcome = Outcome(
            token, TokenState.Renewed,
            revoked.Count > 0 ? $"Token {string.Join(" and ", revoked.Select(old => old.Id))} is revoked."
                : notes.Count > 0 ? "No old token was revoked."
                : token.Intention.Old.Any(old => old.Id == token.NewId) ? "No old token was revoked: this very token was held already."
                : "No old token was revoked: the source did not know what was held.",
            holders, others, notes);
        token.Finish(RenewalStep.Report);
        run.Passed(RenewalStep.Report);
        return outcome;
    }

    private async Task Settle(TokenProgress token, TimeSpan settle, CancellationToken cancellation)
    {
        for (var restores = 0; ; restores++)
        {
            var wait = token.StoredAt + settle - run.Time.GetUtcNow();
            if (wait > TimeSpan.Zero)
            {
                run.Output.Progress(token.Plan.Name, RenewalStep.Settle, $"waiting {wait.TotalSeconds:0} s before the old token is revoked");
                await Task.Delay(wait, run.Time, cancellation);
            }
            if (!await Restore(token, cancellation))
                break;
            if (restores == MostRestores)
                throw new CliFailure(ExitCode.SomeRefused, "Somebody puts the old token back again and again. Find out who, then resume.");
            token.Finish(RenewalStep.Store);
        }
        token.Finish(RenewalStep.Settle);
        run.Passed(RenewalStep.Settle);
    }

    /// <summary>Stores the new token once more where somebody has put the old one back.</summary>
    /// <returns>Whether there was such a holder.</returns>
    /// <exception cref="CliFailure">A holder holds neither.</exception>
    public async Task<bool> Restore(TokenProgress token, CancellationToken cancellation)
    {
        var restored = false;
        for (var index = 0; index < token.Plan.Holders.Count; index++)
        {
            await using var sink = run.Sinks.Open(token.Plan.Holders[index]);
            if (!sink.IsReadable)
                continue;
            var held = await Patience.Try(Wait.Long, run.Time, () => sink.Read(cancellation), cancellation);
            if (TokenText.Same(held, token.New))
                continue;
            if (!TokenText.Same(held, token.Held[index]))
                throw Strange(sink);
            run.Output.Note(token.Plan.Name, $"{sink.Name} held the old token again: somebody wrote back what they had read before. The new one is stored once more");
            await Patience.Try(Wait.Long, run.Time, () => sink.Store(held, token.New!, cancellation), cancellation);
            restored = true;
        }
        return restored;
    }

    private async Task<List<string>> Holders(TokenProgress token, CancellationToken cancellation)
    {
        var names = new List<string>();
        foreach (var holder in token.Plan.Holders)
        {
            await using var sink = run.Sinks.Open(holder);
            if (token.Done < RenewalStep.Revoke && sink.IsReadable && !TokenText.Same(await Patience.Try(Wait.Long, run.Time, () => sink.Read(cancellation), cancellation), token.New))
                throw Strange(sink);
            names.Add(sink.Name);
        }
        return names;
    }

    private static CliFailure Strange(ISink sink) => new(
        ExitCode.SomeRefused, $"{sink.Name} does not hold the new token any more: look who wrote there.");

    private async Task<string?> HeldElsewhere(TokenProgress token, CancellationToken cancellation)
    {
        for (var index = 0; index < token.Plan.Holders.Count; index++)
        {
            await using var sink = run.Sinks.Open(token.Plan.Holders[index]);
            if (sink is SqlRowSink row && token.Held[index] is { } held && await Patience.Try(Wait.Long, run.Time, () => row.Others(held, cancellation), cancellation) is > 0 and var count)
                return $"{count} other row{(count == 1 ? "" : "s")} of the same table";
        }
        return null;
    }

    private async Task<KnownToken?> Used(TokenProgress token, CancellationToken cancellation) =>
        (await StillLiving(token, cancellation)).FirstOrDefault(one => lastUses.TryGetValue(one.Id, out var before) && one.LastUsedAt is { } last && !(last <= before));

    private async Task<IEnumerable<KnownToken>> StillLiving(TokenProgress token, CancellationToken cancellation) =>
        (await Living(token, cancellation)).Where(one => one.Id != token.NewId && token.Intention.Old.Any(old => old.Id == one.Id));

    private async Task<List<KnownToken>> Others(TokenProgress token, IReadOnlyList<KnownToken> except, CancellationToken cancellation) =>
        [.. (await Living(token, cancellation)).Where(other => other.Id != token.NewId && !except.Any(one => one.Id == other.Id))];

    private async Task<IReadOnlyList<KnownToken>> Living(TokenProgress token, CancellationToken cancellation) =>
        await Patience.Try(Wait.Long, run.Time, () => run.Sources.Open(token.Plan.Source).Living(token.Owner, cancellation), cancellation) ?? [];

    private static TokenOutcome Outcome(TokenProgress token, TokenState state, string message, List<string> holders, List<KnownToken> others, List<string> notes) => new(token.Plan.Name, state, message)
    {
        NewId = token.NewId,
        ExpiresOn = token.ExpiresOn,
        Old = [.. token.Intention.Old.Where(old => old.Id != token.NewId)],
        Holders = holders,
        Others = others,
        Notes = notes,
    };
}
