namespace Patrol.Cli.Renewal;

/// <summary>How far the tokens of a journal have come, told without opening its seal.</summary>
internal static class JournalStatus
{
    public static IEnumerable<TokenOutcome> Of(Journal journal)
    {
        foreach (var token in journal.Plan.Tokens)
        {
            var lines = journal.Lines.Where(line => line.Token == token.Name).ToList();
            var done = journal.DoneOf(token.Name);
            var made = lines.FindLast(line => line.NewId is not null);
            var (state, message) = lines.Find(line => line.Undone) is { GivenUp: { } left } ? (TokenState.Abandoned, left)
                : lines.Exists(line => line.Undone) ? (TokenState.Failed, $"Given up: {lines.Find(line => line.GivenUp is not null)?.GivenUp}")
                : done is RenewalStep.Report ? (TokenState.Renewed, "The old token is revoked.")
                : done is RenewalStep.Settle && journal.Plan.KeepOld ? (TokenState.Kept, "The old token still works; `patrol renew finish` revokes it.")
                : (TokenState.Unfinished, done is null ? "Not begun." : $"Done as far as: {RenewalSteps.NameOf(done.Value)}.");
            yield return new TokenOutcome(token.Name, state, message)
            {
                NewId = made?.NewId,
                ExpiresOn = made?.ExpiresOn,
                Old = lines.FindLast(line => line.Intention is not null)?.Intention!.Old ?? [],
            };
        }
    }
}
