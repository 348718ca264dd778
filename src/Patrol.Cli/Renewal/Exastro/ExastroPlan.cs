using System.Net;
using Patrol.Cli.Failures;
using Patrol.Cli.Sinks;
using Patrol.Cli.Sinks.Sql;
using Patrol.Cli.Sources.Http;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Renewal.Exastro;

/// <summary>
/// Exastro's procedure as a plan: the root token, which ITA's administration API uses and which makes the others; then a token per
/// organization, in its one active row of <c>T_COMN_ORGANIZATION_DB_INFO</c>.
/// </summary>
internal sealed class ExastroPlan(RenewalRun run, ExastroRequest request)
{
    public const string EnvKey = "GITLAB_ROOT_TOKEN";
    public const string ValuesPath = "global.gitlabDefinition.secret.GITLAB_ROOT_TOKEN";

    private const string HostKey = "GITLAB_HOST", HostPath = "global.gitlabDefinition.config.GITLAB_HOST";
    private static readonly TimeSpan PatienceForInput = TimeSpan.FromSeconds(5);
    private static readonly string[] RootScopes = ["api", "write_repository", "sudo"];

    private readonly PlannedSource source = new("gitlab", request.GitLab.TrimEnd('/'), "GITLAB_TOKEN");

    /// <summary>What the run is about.</summary>
    public string Target => request.Database is null ? source.Address : $"{source.Address} and {SqlAddress.Read(request.Database, "--db")}";

    /// <summary>What no other run may work on meanwhile.</summary>
    public IEnumerable<string> Resources => ((string?[])[
        source.Resource, request.EnvFile is { } env ? $"file {env}" : null, request.ValuesFile is { } values ? $"file {values}" : null,
        request.Database is { } database ? $"database {SqlAddress.Read(database, "--db")}" : null]).OfType<string>();

    /// <summary>Signs in as administrator: with the environment's token, or with a new root token where that one has died.</summary>
    /// <param name="given">A new root token that was announced.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The new root token from standard input; null if it is to be made.</returns>
    public async Task<Secret?> SignIn(Secret? given, CancellationToken cancellation)
    {
        var gitlab = run.Sources.Open(source);
        if (given is not null)
            gitlab.Credential = given;
        try
        {
            await Patience.Try(Wait.Short, run.Time, () => gitlab.Reach(cancellation), cancellation);
            return given;
        }
        catch (Exception fault) when (request.Root && given is null && Patience.Explain(fault) is { Code: ExitCode.NotAllowed } failure)
        {
            if (fault is ApiFault { Status: HttpStatusCode.Forbidden } || !Console.IsInputRedirected || await Piped(cancellation) is not { } piped)
                throw new CliFailure(ExitCode.NotAllowed, await HolderThatWorks(gitlab, cancellation) is { } holder ? $"{failure.Message} But the token in {holder} works: {source.Variable} is out of date. Set it to that one." : $"{failure.Message}\n{WaysOut}", fault);
            run.Screen.Say("The administrator's token is not accepted; the new root token is taken from standard input.");
            return await SignIn(piped, cancellation);
        }
    }

    /// <summary>What is to be renewed.</summary>
    /// <param name="isGiven">The new root token came on standard input.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The plan, and the organizations that cannot be renewed.</returns>
    public async Task<(RenewalPlan Plan, List<TokenOutcome> Refused)> Make(bool isGiven, CancellationToken cancellation)
    {
        var tokens = new List<PlannedToken>();
        var refused = new List<TokenOutcome>();
        var database = request.Database is null ? null : run.Sinks.Database(request.Database, null);
        if (request.Root)
            tokens.Add(await Root(isGiven, cancellation));
        if (request.All || request.Organizations.Count > 0)
        {
            var rows = await Patience.Try(Wait.Short, run.Time, () => new OrganizationTable(database!).Rows(cancellation), cancellation);
            foreach (var (id, row, why) in OrganizationTable.Choose(rows, request.All ? null : request.Organizations))
            {
                if (row is null)
                    refused.Add(new TokenOutcome($"organization {id}", TokenState.Failed, why!) { Code = ExitCode.SomeRefused });
                else
                    tokens.Add(Organization(row));
            }
        }
        return (new RenewalPlan { Target = Target, Tokens = tokens, SettleSeconds = request.SettleSeconds, KeepOld = request.KeepOld }, refused);
    }

    /// <summary>Where the texts of old tokens may still be.</summary>
    public IEnumerable<string> Lingering()
    {
        yield return "Old tokens may linger, dead, in:";
        if (request.EnvFile is { } env)
        {
            // To .NET the pattern ".env.*" fits ".env", too, which holds the new token.
            var backups = Directory.GetFiles(Path.GetDirectoryName(env)!, $"{Path.GetFileName(env)}.*").Where(file => file != env).Order(StringComparer.Ordinal).ToList();
            yield return $"  backups of .env that setup.sh made ({Path.GetFileName(env)}.<timestamp>){(backups.Count > 0 ? $": {string.Join(", ", backups)}" : "")}";
        }
        if (request.ValuesFile is not null)
            yield return "  earlier Helm revisions (the Secrets sh.helm.release.v1.*, until their history is cut), and copies of values.yaml";
        yield return "  logs of ita-by-ansible-execute (addresses with tokens at INFO) and, at DEBUG, of ita-api-admin";
        yield return "  projects of Ansible Automation Platform (scm_url) that were not deleted after their run, and their activity stream";
        yield return "Executions that were running have kept their old token until their end.";
    }

    private async Task<PlannedToken> Root(bool isGiven, CancellationToken cancellation)
    {
        if (request.EnvFile is { } env && EnvEditor.Value(TextFileSink.Bytes(env), HostKey, env) is "")
            throw Off($"{env} has {HostKey} empty");
        if (request.ValuesFile is { } values && YamlEditor.Value(TextFileSink.Bytes(values), HostPath, values) is "")
            throw Off($"{values} has {HostPath} empty");
        var holders = Holders();
        // With Admin Mode on, GitLab demands a scope of its own, which it gave to the administrators' tokens of that time.
        var gitlab = run.Sources.Open(source);
        var own = await Patience.Try(Wait.Short, run.Time, () => gitlab.Identify(gitlab.Credential!, null, Token("root", holders), cancellation), cancellation);
        return Token("root", holders) with
        {
            TokenName = "exastro root",
            Scopes = own?.Scopes.Contains("admin_mode") == true ? [.. RootScopes, "admin_mode"] : RootScopes,
            SignsIn = true,
            IsGiven = isGiven,
            DueUntil = isGiven ? null : request.DueUntil,
            After = request.After,
            AfterSeconds = request.AfterSeconds,
        };
    }

    private List<PlannedHolder> Holders()
    {
        var holders = new List<PlannedHolder>();
        if (request.EnvFile is { } env)
            holders.Add(new PlannedHolder("env", new Dictionary<string, string>(StringComparer.Ordinal) { ["file"] = env, ["key"] = request.EnvKey }));
        if (request.ValuesFile is { } values)
            holders.Add(new PlannedHolder("yaml", new Dictionary<string, string>(StringComparer.Ordinal) { ["file"] = values, ["path"] = request.ValuesPath }));
        return holders;
    }

    // Null if none does, as far as it can be told.
    private async Task<string?> HolderThatWorks(IRenewalSource gitlab, CancellationToken cancellation)
    {
        foreach (var holder in Holders())
        {
            try
            {
                await using var sink = run.Sinks.Open(holder);
                if (await sink.Read(cancellation) is { } held && !TokenText.IsEmpty(held) && await gitlab.Identify(held, null, Token("root", []), cancellation) is not null)
                    return sink.Name;
            }
            catch (Exception fault) when (Patience.Explain(fault) is not null)
            {
                // What is wrong with it is told when it is its turn.
            }
        }
        return null;
    }

    private PlannedToken Organization(OrganizationRow row) =>
        Token($"organization {row.OrganizationId}", [row.Holder(request.Database!)]) with { Owner = row.GitLabUser, TokenName = row.GitLabUser!, Scopes = ["api"], MustHoldToken = true };

    private PlannedToken Token(string name, List<PlannedHolder> holders) => new()
    {
        Name = name,
        Source = source,
        TokenName = name,
        Scopes = [],
        ExpiresOn = request.ExpiresOn,
        CountedFrom = run.Today,
        DueUntil = request.DueUntil,
        Holders = holders,
    };

    private static CliFailure Off(string why) => new(
        ExitCode.SomeRefused, $"{why}: ITA does not use GitLab there, so there is no token to renew. If it should, set its GitLab up first. Nothing was done.");

    // Somebody may have left standard input open and never write there.
    private static async Task<Secret?> Piped(CancellationToken cancellation)
    {
        var reading = Task.Run(Console.In.ReadLine, CancellationToken.None);
        return await Task.WhenAny(reading, Task.Delay(PatienceForInput, cancellation)) == reading && (await reading)?.Trim() is { Length: > 0 } text ? new Secret(text) : null;
    }

    private const string WaysOut =
        """
        If it has expired, only GitLab itself makes a new one. Two ways:
          1. In the browser: sign in as root; Edit profile, Access tokens, Add new token; scopes api, write_repository and sudo, a year as expiry.
          2. On GitLab's host or in its container:
             gitlab-rails runner "t = User.find_by_username('root').personal_access_tokens.create(scopes: ['api','sudo','write_repository'], name: 'exastro root', expires_at: 365.days.from_now); s = SecureRandom.hex(10); t.set_token(s); t.save!; puts s"
        Then give it on standard input to the same command: patrol renew exastro --root … --token-stdin < FILE. It is put in place and proven, and the organizations are renewed with it.
        """;
}
