namespace Patrol.Cli.Renewal.Exastro;

/// <summary>What is asked of <c>renew exastro</c>.</summary>
internal sealed record ExastroRequest
{
    public required string GitLab { get; init; }

    public string? Database { get; init; }

    public bool Root { get; init; }

    public string? EnvFile { get; init; }

    public required string EnvKey { get; init; }

    public string? ValuesFile { get; init; }

    public required string ValuesPath { get; init; }

    public string? After { get; init; }

    public double AfterSeconds { get; init; }

    public required IReadOnlyList<string> Organizations { get; init; }

    public bool All { get; init; }

    public DateOnly ExpiresOn { get; init; }

    public DateOnly? DueUntil { get; init; }

    public double SettleSeconds { get; init; }

    public bool KeepOld { get; init; }

    /// <summary>What does not fit together; null if everything does.</summary>
    public string? Mistake =>
        !Root && !All && Organizations.Count == 0 ? "Say what to renew: --root, --organization ID, or --all."
        : All && Organizations.Count > 0 ? "Give --all or --organization, not both."
        : Organizations.Any(id => id.Trim().Length == 0) ? "--organization: an empty id would mean nobody."
        : Root && EnvFile is null && ValuesFile is null ? "Say where the root token is: --env FILE (Compose) or --values FILE (Helm)."
        : !Root && (EnvFile ?? ValuesFile ?? After) is not null ? "--env, --values and --after are about the root token: add --root."
        : (All || Organizations.Count > 0) && Database is null ? "Say where the organizations' tokens are: --db mysql://user@host:port/ITA_DB."
        : null;
}
