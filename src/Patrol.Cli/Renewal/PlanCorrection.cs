using Patrol.Cli.Failures;

namespace Patrol.Cli.Renewal;

/// <summary>
/// Puts right in a journal's plan what keeps its run from ever coming to its end: a mistyped command, a proof that asks the wrong
/// page. Which tokens are renewed, and where they are held, stays as it was begun.
/// </summary>
/// <param name="After">Runs instead of the command that the tokens still wait for; null to leave it.</param>
/// <param name="Plan">The same plan, put right; null to leave it.</param>
internal sealed record PlanCorrection(string? After, RenewalPlan? Plan)
{
    /// <summary>Writes the corrected plan into the journal.</summary>
    /// <exception cref="CliFailure">It is about something else than the journal.</exception>
    public void WriteTo(Journal journal, DateTimeOffset now)
    {
        if (Plan is not null)
            journal.Replan(token => Corrected(token, Plan), now);
        if (After is null)
            return;
        var waiting = journal.Plan.Tokens.Where(token => token.After is not null && journal.DoneOf(token.Name) is null or < RenewalStep.Hook).ToList();
        if (waiting.Select(token => token.After).Distinct(StringComparer.Ordinal).Count() != 1)
        {
            throw CliFailure.Usage(waiting.Count == 0
                ? "--after: no token of this run waits for a command any more."
                : "--after: the tokens of this run wait for different commands; correct the plan and give it with --file.");
        }
        journal.Replan(token => waiting.Contains(token) ? token with { After = After } : token, now);
    }

    private static PlannedToken Corrected(PlannedToken begun, RenewalPlan plan)
    {
        var token = plan.Tokens.FirstOrDefault(token => token.Name == begun.Name)
            ?? throw CliFailure.Usage($"--file: {plan.Target} has no token {begun.Name}, which this run is about.");
        if (!token.Holders.Select(Place).SequenceEqual(begun.Holders.Select(Place), StringComparer.Ordinal))
            throw CliFailure.Usage($"--file: {begun.Name} has other holders there than this run began with. Only their commands, proofs and 'after' may differ.");
        return begun with { Holders = token.Holders, Proofs = token.Proofs, After = token.After, AfterSeconds = token.AfterSeconds };
    }

    // A command's settings are how it is written, not where.
    private static string Place(PlannedHolder holder) => holder.Kind == "command" ? holder.Kind : holder.Place;
}
