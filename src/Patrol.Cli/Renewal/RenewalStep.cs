namespace Patrol.Cli.Renewal;

/// <summary>The steps of a renewal, in the one order there is. Until <see cref="Revoke"/> the old token works.</summary>
internal enum RenewalStep
{
    Check,
    Issue,
    Journal,
    Prove,
    Store,
    Hook,
    Use,
    Settle,
    Revoke,
    Report,
}

/// <summary>The steps' names, and dying after one.</summary>
internal static class RenewalSteps
{
    /// <summary>The environment variable that names the step after which the process is to end.</summary>
    public const string Failpoint = "PATROL_FAILPOINT";

    /// <summary>Each step with what it does, for people.</summary>
    public static readonly IReadOnlyList<(RenewalStep Step, string Does)> All =
    [
        (RenewalStep.Check, "every holder is writable and holds what is expected; the intention is written down"),
        (RenewalStep.Issue, "a new token is made beside the old one"),
        (RenewalStep.Journal, "the new token is written into the journal, sealed, and is on the disk"),
        (RenewalStep.Prove, "its source says that the new token has the owner, scopes and expiry that were asked for"),
        (RenewalStep.Store, "every holder gets it, unless it holds something else by now, and is read back"),
        (RenewalStep.Hook, "the command given with --after or after: is run"),
        (RenewalStep.Use, "the new token is proven again, as its holder uses it"),
        (RenewalStep.Settle, "after the settle time every holder is read once more"),
        (RenewalStep.Revoke, "the old token is revoked, by its id"),
        (RenewalStep.Report, "what was done is written down and told"),
    ];

    public static string NameOf(RenewalStep step) => step.ToString().ToLowerInvariant();

    /// <summary>The step of that name; null if there is none.</summary>
    public static RenewalStep? Named(string name) => All.Where(entry => NameOf(entry.Step) == name).Select(entry => (RenewalStep?)entry.Step).FirstOrDefault();
}
