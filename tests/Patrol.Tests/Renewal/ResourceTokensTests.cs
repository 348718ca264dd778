using System.Text.Json;
using Patrol.Tests.Kit;
using Patrol.Tests.Kit.Renewal;

namespace Patrol.Tests.Renewal;

/// <summary>Tokens of projects and groups, renewed by somebody who maintains them and is no administrator.</summary>
public sealed class ResourceTokensTests
{
    [Theory]
    [InlineData("project", "gitlab"), InlineData("group", "gitlab"), InlineData("project", "patrol")]
    public async Task The_old_token_dies_and_a_new_one_with_its_own_bot_is_held(string kind, string source)
    {
        await using var stage = await Stage.Set(kind, source);
        var run = await stage.Renew();
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Contains($"made for {kind} {stage.Path}", run.Errors, StringComparison.Ordinal);
        await stage.OneLives();
    }

    [Theory]
    [InlineData("check"), InlineData("issue"), InlineData("journal"), InlineData("store"), InlineData("settle"), InlineData("revoke")]
    public async Task Killed_after_a_step_it_is_gone_on_with(string step)
    {
        await using var stage = await Stage.Set("project", "gitlab");
        Assert.True((await stage.Renew($"PATROL_FAILPOINT={step}")).ExitCode is 137 or -1);
        var resumed = await stage.Patrol("resume");
        Assert.True(resumed.ExitCode == 0, resumed.Output + resumed.Errors);
        await stage.OneLives();
    }

    [Fact]
    public async Task A_token_of_another_project_in_the_holder_is_not_touched()
    {
        await using var stage = await Stage.Set("project", "gitlab");
        await using var other = await Stage.Set("project", "gitlab");
        await File.WriteAllTextAsync(stage.Folder["token"], other.First);
        var run = await stage.Renew();
        Assert.Contains($"that is held is none of project {stage.Path}.", run.Line(1), StringComparison.Ordinal);
        Assert.Equal(other.First, await File.ReadAllTextAsync(stage.Folder["token"]));
        Assert.Single(await other.Living());
    }

    [Theory]
    [InlineData("owner: me\n  project: a/b", "both 'owner' and 'project'")]
    [InlineData("owner: me\n  role: owner", "'role' goes with 'project' or 'group'")]
    [InlineData("group: a\n  role: boss", "'role' is one of: guest, reporter")]
    public async Task A_plan_says_once_whose_a_token_is(string lines, string message)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["plan.yaml"], $"tokens:\n- name: a\n  source: {{gitlab: 'http://x'}}\n  {lines}\n  scopes: [api]\n  holders:\n  - file: {{file: x}}\n");
        Assert.Contains(message, (await CliInProcess.Run(["renew", "--file", folder["plan.yaml"], "--yes"], folder.Path)).Line(2), StringComparison.Ordinal);
    }

    private sealed class Stage : IAsyncDisposable
    {
        private static int count;
        private readonly ServerProcess gitlab;
        private readonly string kind, source, maintainer;
        private readonly long id;

        private Stage(ServerProcess gitlab, string kind, string source, string maintainer, long id, string path, string first) =>
            (this.gitlab, this.kind, this.source, this.maintainer, this.id, Path, First) = (gitlab, kind, source, maintainer, id, path, first);

        public string Path { get; }

        public string First { get; }

        public TemporaryFolder Folder { get; } = new();

        public static async Task<Stage> Set(string kind, string source)
        {
            var gitlab = await SharedGitLab.Get();
            using var root = gitlab.Client(SharedGitLab.RootToken);
            var name = $"team-{Interlocked.Increment(ref count)}";
            var day = DateTime.UtcNow.AddDays(5).ToString("yyyy-MM-dd");
            var user = Id(await root.Post("users", new { username = name + "-lead", name, email = $"{name}@example.org", force_random_password = true }));
            var token = Text(await root.Post($"users/{user}/personal_access_tokens", new { name, scopes = (string[])["api"], expires_at = day }));
            var id = Id(await root.Post("groups", new { name, path = name }));
            Assert.Equal(201, (await root.Post($"groups/{id}/members", new { user_id = user, access_level = 50 })).Status);
            if (kind == "project")
                id = Id(await root.Post("projects", new { name = "app", path = "app", namespace_id = id }));
            using var lead = gitlab.Client(token);
            var first = Text(await lead.Post($"{kind}s/{id}/access_tokens", new { name = "deploy", scopes = (string[])["read_api"], expires_at = day, access_level = 30 }));
            var stage = new Stage(gitlab, kind, source, token, id, kind == "project" ? $"{name}/app" : name, first);
            await File.WriteAllTextAsync(stage.Folder["token"], first);
            return stage;
        }

        public async Task<CliRun> Renew(params string[] environment)
        {
            await File.WriteAllTextAsync(Folder["plan.yaml"],
                $$"""
                tokens:
                  - name: deploy
                    source: { {{source}}: "{{gitlab.Address}}", token-env: LEAD_TOKEN }
                    {{kind}}: {{Path}}
                    role: developer
                    scopes: [read_api]
                    holders:
                      - file: {file: token}
                """);
            return await Run(["--file", Folder["plan.yaml"], "--yes", "--settle", "0"], environment);
        }

        public Task<CliRun> Patrol(string command) => Run([command], []);

        public async Task<List<long>> Living()
        {
            using var lead = gitlab.Client(maintainer);
            var (_, tokens) = await lead.Get($"{kind}s/{id}/access_tokens?state=active");
            return [.. tokens.EnumerateArray().Select(token => token.GetProperty("id").GetInt64())];
        }

        /// <summary>The one token that lives is the one that is held, and not the first.</summary>
        public async Task OneLives()
        {
            var held = await File.ReadAllTextAsync(Folder["token"]);
            Assert.NotEqual(First, held);
            using var client = gitlab.Client(held);
            var (status, self) = await client.Get("personal_access_tokens/self");
            Assert.Equal(200, status);
            Assert.Equal([self.GetProperty("id").GetInt64()], await Living());
        }

        public ValueTask DisposeAsync()
        {
            Folder.Dispose();
            return ValueTask.CompletedTask;
        }

        private Task<CliRun> Run(string[] arguments, string[] environment) =>
            environment.Length > 0 ? CliProcess.Run(Folder.Path, ["renew", .. arguments, "--journal", Folder["journal"]], "", [$"LEAD_TOKEN={maintainer}", .. environment])
            : CliInProcess.Run(["renew", .. arguments, "--journal", Folder["journal"]], Folder.Path, $"LEAD_TOKEN={maintainer}");

        private static long Id((int Status, JsonElement Body) answer) => answer.Status == 201 ? answer.Body.GetProperty("id").GetInt64() : throw new InvalidOperationException($"{answer.Status} {answer.Body}");

        private static string Text((int Status, JsonElement Body) answer) => answer.Status == 201 ? answer.Body.GetProperty("token").GetString()! : throw new InvalidOperationException($"{answer.Status} {answer.Body}");
    }
}
