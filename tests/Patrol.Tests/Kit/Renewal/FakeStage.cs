namespace Patrol.Tests.Kit.Renewal;

/// <summary>A plan of one token in a <c>.env</c> file, at a GitLab 15.11 that can be made to fail.</summary>
internal sealed class FakeStage : IAsyncDisposable
{
    public const string Old = "glpat-oldoldoldoldoldoldol";
    public const long OwnerId = 7;

    private FakeStage(FakeGitLab gitlab) => GitLab = gitlab;

    public FakeGitLab GitLab { get; }

    public TemporaryFolder Folder { get; } = new();

    public string Journal => Folder["journal"];

    /// <summary>Further lines of the token's entry, indented by four.</summary>
    public string More { get; set; } = "";

    /// <summary>Further holders.</summary>
    public List<string> Holders { get; } = ["env: {file: app.env, key: TOKEN}"];

    public string Held => File.ReadAllText(Folder["app.env"]).Split('\'')[1];

    public static async Task<FakeStage> Set()
    {
        var stage = new FakeStage(await FakeGitLab.Start());
        stage.GitLab.Users["me"] = (OwnerId, "active");
        stage.GitLab.Give(Old, OwnerId, ["api"], DateOnly.FromDateTime(DateTime.UtcNow.AddDays(3)));
        stage.Hold(Old);
        return stage;
    }

    public void Hold(string text) => File.WriteAllText(Folder["app.env"], $"TOKEN='{text}'\n");

    public Task<CliRun> Renew(params string[] options) => Renew(options, $"GITLAB_TOKEN={FakeGitLab.Administrator}");

    public async Task<CliRun> Renew(string[] options, params string[] environment)
    {
        await WritePlan();
        return await Run(["--file", Folder["plan.yaml"], "--yes", "--settle", "0", "--journal", Journal, .. options], environment);
    }

    public Task<CliRun> Run(params string[] arguments) => Run(arguments, $"GITLAB_TOKEN={FakeGitLab.Administrator}");

    // A failpoint kills its process; whatever else happens needs none of its own.
    public Task<CliRun> Run(string[] arguments, params string[] environment) => Array.Exists(environment, pair => pair.StartsWith("PATROL_FAILPOINT=", StringComparison.Ordinal))
        ? CliProcess.Run(Folder.Path, ["renew", .. arguments], "", environment)
        : CliInProcess.Run(["renew", .. arguments], Folder.Path, environment);

    public Task WritePlan() => File.WriteAllTextAsync(Folder["plan.yaml"],
        $$"""
        tokens:
          - name: app
            source: {gitlab: "{{GitLab.Address}}"}
            owner: me
            scopes: [api]
            holders: [{{string.Join(", ", Holders.Select(holder => $"{{{holder}}}"))}}]
        {{More}}
        """);

    /// <summary>The owner's tokens that work.</summary>
    public List<string> Living => [.. GitLab.Living.Where(token => token.UserId == OwnerId).Select(token => token.Text)];

    /// <summary>Everything is as it was before.</summary>
    public void Untouched()
    {
        Assert.Equal(Old, Held);
        Assert.Equal([Old], Living);
        Assert.False(Cli.Renewal.Journal.Exists(Journal));
    }

    /// <summary>One new token lives, and is held.</summary>
    public void Renewed()
    {
        Assert.NotEqual(Old, Held);
        Assert.Equal([Held], Living);
        Assert.False(Cli.Renewal.Journal.Exists(Journal));
    }

    public async ValueTask DisposeAsync()
    {
        await GitLab.DisposeAsync();
        Folder.Dispose();
    }
}
