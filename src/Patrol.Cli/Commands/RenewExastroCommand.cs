using System.CommandLine;
using Patrol.Cli.Failures;
using Patrol.Cli.Renewal;
using Patrol.Cli.Renewal.Exastro;
using Patrol.Cli.Sinks;
using Patrol.Core.Lifetimes;

namespace Patrol.Cli.Commands;

/// <summary>Exastro IT Automation's tokens: GitLab's root token where ITA reads it, and each organization's in ITA's database.</summary>
internal sealed class RenewExastroCommand : PatrolCommand
{
    private readonly Option<string> gitlab = new("--gitlab") { Description = "ITA's GitLab", HelpName = "URL" };
    private readonly Option<string> database = new("--db") { Description = "ITA's database; its password in MYSQL_PWD", HelpName = "mysql://user@host:port/ITA_DB" };
    private readonly Option<bool> root = new("--root") { Description = "First renew GitLab's root token" };
    private readonly Option<string> env = new("--env") { Description = "The .env of the Compose installation", HelpName = "FILE" };
    private readonly Option<string> envKey = new("--env-key") { Description = "Its key (GITLAB_ROOT_TOKEN)", HelpName = "KEY" };
    private readonly Option<string> values = new("--values") { Description = "The values.yaml of the Helm installation", HelpName = "FILE" };
    private readonly Option<string> valuesPath = new("--values-path") { Description = $"Its path ({ExastroPlan.ValuesPath})", HelpName = "PATH" };
    private readonly Option<string> after = new("--after") { Description = "What brings the stored root token into use: docker compose … up -d, helm upgrade …", HelpName = "COMMAND" };
    private readonly Option<string> afterLimit = new("--after-limit") { Description = "How long that may take (30m)", HelpName = "TIME" };
    private readonly Option<string[]> organizations = new("--organization") { Description = "An organization's id; may be given several times", HelpName = "ID", AllowMultipleArgumentsPerToken = true };
    private readonly Option<bool> all = new("--all") { Description = "All organizations" };
    private readonly Option<string> lifetime = new("--lifetime") { Description = "How long new tokens last (365d)", HelpName = "SPAN" };
    private readonly Option<string> dueWithin = new("--due-within") { Description = "Renew only what expires within this time (30d)", HelpName = "SPAN" };
    private readonly Option<bool> tokenStdin = new("--token-stdin") { Description = "The new root token comes on standard input: for one that has expired already" };
    private readonly RenewOptions options;

    public RenewExastroCommand()
        : base("exastro", "Renew the GitLab tokens of Exastro IT Automation")
    {
        foreach (var option in (Option[])[gitlab, database, root, env, envKey, values, valuesPath, after, afterLimit, organizations, all, lifetime, dueWithin, tokenStdin])
            Options.Add(option);
        options = new RenewOptions(this);
    }

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("patrol renew exastro --gitlab http://localhost:40080 --db mysql://ITA_USER@127.0.0.1:3306/ITA_DB --all --dry-run", "what is due, and whether everything is ready"),
        ("patrol renew exastro --gitlab … --db … --root --env ~/exastro-docker-compose/.env --after 'cd ~/exastro-docker-compose && docker compose --env-file .env up -d --wait' --all",
            "the whole procedure, Compose"),
        ("patrol renew exastro --gitlab … --db … --root --values values.yaml --after 'helm upgrade … && kubectl rollout restart deploy/ita-api-admin -n exastro' --all", "the same, Kubernetes"),
        ("patrol renew exastro --gitlab … --db … --organization test-org-01 --force", "one organization, now"),
    ];

    protected override async Task<ExitCode> Run(Call call, CancellationToken cancellation)
    {
        var request = Request(call);
        options.DemandAnswer(call);
        await using var run = options.Begin(call, Surroundings.Time);
        var plan = new ExastroPlan(run, request);
        var folder = options.Folder(call, plan.Target);
        // Before the database's own lock, which cannot tell a process of this machine.
        run.Lock(plan.Resources, folder);
        // Before signing in: the token of the environment may be the one that the run has revoked.
        RenewalSession.RefuseUnfinished(folder, plan.Target);
        var given = call.Get(tokenStdin) ? await GivenToken.Ask(call, cancellation) : null;
        given = await plan.SignIn(given, cancellation);
        var (renewal, failures) = await plan.Make(given is not null, cancellation);
        var session = new RenewalSession(run);
        var code = await session.Start(renewal, failures, folder, given, options.Confirm(call), cancellation);
        if (session.HasRevoked)
            call.Screen.Say(string.Join('\n', plan.Lingering()));
        return code;
    }

    private ExastroRequest Request(Call call)
    {
        var request = new ExastroRequest
        {
            GitLab = call.Get(gitlab) ?? throw CliFailure.Usage("Say which GitLab: --gitlab URL."),
            Database = call.Get(database),
            Root = call.Get(root),
            EnvFile = call.Get(env) is { } envFile ? Path.GetFullPath(envFile) : null,
            EnvKey = call.Get(envKey) ?? ExastroPlan.EnvKey,
            ValuesFile = call.Get(values) is { } valuesFile ? Path.GetFullPath(valuesFile) : null,
            ValuesPath = call.Get(valuesPath) ?? ExastroPlan.ValuesPath,
            After = call.Get(after),
            AfterSeconds = Duration.Read("--after-limit", call.Get(afterLimit) ?? "30m").TotalSeconds,
            Organizations = call.Get(organizations) ?? [],
            All = call.Get(all),
            ExpiresOn = Span("--lifetime", call.Get(lifetime) ?? "365d").After(call.Today),
            DueUntil = options.Force(call) ? null : Span("--due-within", call.Get(dueWithin) ?? "30d").After(call.Today),
            SettleSeconds = options.SettleSeconds(call),
            KeepOld = options.KeepOld(call),
        };
        return request.Mistake is { } mistake ? throw CliFailure.Usage(mistake)
            : call.Has(dueWithin) && options.Force(call) ? throw CliFailure.Usage("--force renews what is not due, too: give it or --due-within.")
            : call.Get(tokenStdin) && !request.Root ? throw CliFailure.Usage("--token-stdin gives the new root token: add --root.")
            : request;
    }

    private static Span Span(string option, string text) => Core.Lifetimes.Span.Parse(text) ?? throw CliFailure.Usage($"{option}: '{text}' is no span; write 30d, 6mo or 1y.");
}
