namespace Patrol.Tests.Kit.Renewal;

/// <summary>A plan of one token with one holder, its owner at this project's server, and its folder.</summary>
internal sealed class PlanStage : IAsyncDisposable
{
    private static int count;
    private readonly ServerProcess gitlab;
    private readonly string owner;
    private readonly long ownerId;

    private PlanStage(ServerProcess gitlab, string owner, long ownerId, string first, TemporaryFolder folder, Place place) =>
        (this.gitlab, this.owner, this.ownerId, First, Folder, Place) = (gitlab, owner, ownerId, first, folder, place);

    /// <summary>The text of the token that was there first.</summary>
    public string First { get; }

    public TemporaryFolder Folder { get; }

    public Place Place { get; }

    public string Journal => Folder["journal"];

    /// <summary>Further lines of the token's entry.</summary>
    public string More { get; set; } = "";

    public static async Task<PlanStage> Set(PlaceKind kind)
    {
        var gitlab = await SharedGitLab.Get();
        using var root = gitlab.Client(SharedGitLab.RootToken);
        var name = $"owner-{Interlocked.Increment(ref count)}";
        var (_, user) = await root.Post("users", new { username = name, name, email = $"{name}@example.org", force_random_password = true });
        var id = user.GetProperty("id").GetInt64();
        // A holder that cannot be read has the token that an earlier run made: its name tells.
        var (_, token) = await root.Post($"users/{id}/personal_access_tokens", new { name = "app 20260101-abcdef", scopes = (string[])["api"], expires_at = DateTime.UtcNow.AddDays(5).ToString("yyyy-MM-dd") });
        var folder = new TemporaryFolder();
        var text = token.GetProperty("token").GetString()!;
        return new PlanStage(gitlab, name, id, text, folder, await Place.Make(kind, folder, text));
    }

    public Task<CliRun> Renew(params string[] environment) => Renew(CliProcess.Run, environment);

    /// <summary>The same with another program.</summary>
    public async Task<CliRun> Renew(Func<string, IEnumerable<string>, string, string[], Task<CliRun>> program, params string[] environment)
    {
        await File.WriteAllTextAsync(Folder["plan.yaml"],
            $$"""
            tokens:
              - name: app
                source: {gitlab: "{{gitlab.Address}}"}
                owner: {{owner}}
                scopes: [api]
                holders:
                  - {{Place.Holder}}
            {{More}}
            """);
        return await program(
            Folder.Path, ["renew", "--file", "plan.yaml", "--yes", "--settle", "0", "--journal", Journal], "", [$"GITLAB_TOKEN={SharedGitLab.RootToken}", .. Place.Environment, .. environment]);
    }

    /// <summary>Goes on in this process: only what is to be killed needs one of its own.</summary>
    public Task<CliRun> Resume() => CliInProcess.Run(["renew", "resume", "--journal", Journal], Folder.Path, [$"GITLAB_TOKEN={SharedGitLab.RootToken}", .. Place.Environment]);

    /// <summary>The id of the token that a text is; null if it is refused.</summary>
    public async Task<long?> IdOf(string text)
    {
        using var client = gitlab.Client(text);
        var (status, body) = await client.Get("personal_access_tokens/self");
        return status == 200 ? body.GetProperty("id").GetInt64() : null;
    }

    public async Task<List<long>> Living()
    {
        using var root = gitlab.Client(SharedGitLab.RootToken);
        var (_, tokens) = await root.Get($"personal_access_tokens?state=active&per_page=100&user_id={ownerId}");
        return [.. tokens.EnumerateArray().Select(token => token.GetProperty("id").GetInt64())];
    }

    /// <summary>Neither the first token's text nor a new one's is in what was printed, nor in any file but the holders.</summary>
    public void Nowhere(CliRun run, string stored)
    {
        string[] holders = ["app.env", "values.yaml", "token", "stored", "kubeconfig"];
        foreach (var text in (string[])[First, stored, SharedGitLab.RootToken])
        {
            Assert.DoesNotContain(text, run.Output + run.Errors, StringComparison.Ordinal);
            foreach (var file in System.IO.Directory.GetFiles(Folder.Path, "*", SearchOption.AllDirectories).Where(file => !holders.Contains(Path.GetFileName(file))))
                Assert.DoesNotContain(text, File.ReadAllText(file), StringComparison.Ordinal);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Place.DisposeAsync();
        Folder.Dispose();
    }
}
