using System.Net.Http.Headers;
using System.Text;
using Patrol.Tests.Kit;
using Patrol.Tests.Kit.Renewal;

namespace Patrol.Tests.Renewal;

/// <summary>The general form: sources, proofs, and plans that make no sense.</summary>
public sealed class PlanTests
{
    [Theory, InlineData("jira"), InlineData("confluence")]
    public async Task Ones_own_token_is_renewed_with_itself(string kind)
    {
        var server = await SharedGitLab.Get();
        using var folder = new TemporaryFolder();
        using var root = new HttpClient { BaseAddress = new Uri(server.Address, $"{kind}/rest/pat/latest/") };
        root.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("root:correct horse battery")));
        var name = $"sheets-{kind}";
        var (status, made) = await root.Post("tokens", new { name, expirationDuration = 5 });
        Assert.Equal(201, status);
        var old = made.GetProperty("rawToken").GetString()!;
        await File.WriteAllTextAsync(folder["app.env"], $"TOKEN={old}\n");
        await File.WriteAllTextAsync(folder["plan.yaml"],
            $$"""
            tokens:
              - name: {{name}}
                source: { {{kind}}: "{{server.Address}}{{kind}}" }
                holders: [{ env: { file: app.env, key: TOKEN } }]
                prove: [{ http: { url: "{{server.Address}}jira/rest/api/2/myself", header: Authorization } }]
            """);
        var run = await CliInProcess.Run(["renew", "--file", folder["plan.yaml"], "--yes", "--settle", "0", "--journal", folder["journal"]], folder.Path);
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        var stored = (await File.ReadAllTextAsync(folder["app.env"]))["TOKEN=".Length..].Trim();
        Assert.NotEqual(old, stored);
        var (_, living) = await root.Get("tokens");
        var mine = Assert.Single(living.EnumerateArray(), token => token.GetProperty("name").GetString()!.StartsWith(name, StringComparison.Ordinal));
        Assert.NotEqual(made.GetProperty("id").GetInt64(), mine.GetProperty("id").GetInt64());
        using var client = new HttpClient { BaseAddress = server.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", stored);
        Assert.Equal(200, (await client.Get("jira/rest/api/2/myself")).Status);
    }

    [Fact]
    public async Task A_token_is_proven_by_request_command_and_git_with_its_text_in_no_argument()
    {
        await using var stage = await FakeStage.Set();
        stage.Holders.Add($"file: {{file: {stage.Folder["token"]}}}");
        await File.WriteAllTextAsync(stage.Folder["token"], $"{FakeStage.Old}\n");
        stage.More =
            $$"""
                prove:
                  - http: {url: "{{stage.GitLab.Address}}/api/v4/user"}
                  - command: {run: "cat > {{stage.Folder["proven"]}}; tr '\\0' ' ' < /proc/$PPID/cmdline > {{stage.Folder["arguments"]}}"}
                  - git: {url: "{{stage.GitLab.Address}}/repo.git"}
            """;
        var run = await stage.Renew();
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        stage.Renewed();
        Assert.Equal($"{stage.Held}\n", await File.ReadAllTextAsync(stage.Folder["token"]));
        Assert.Equal($"{stage.Held}\n", await File.ReadAllTextAsync(stage.Folder["proven"]));
        Assert.DoesNotContain(stage.Held, await File.ReadAllTextAsync(stage.Folder["arguments"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http: {url: \"URL/api/v4/nothing\"}", "answers 403")]
    [InlineData("command: {run: \"exit 7\"}", "ended with 7")]
    [InlineData("git: {url: \"URL/repo.git\", user: nobody}", "git cannot read")]
    public async Task A_proof_that_fails_leaves_the_old_token_alive(string proof, string message)
    {
        await using var stage = await FakeStage.Set();
        stage.More = $"    prove: [{{{proof.Replace("URL", stage.GitLab.Address)}}}]";
        var run = await stage.Renew();
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(message, run.Output, StringComparison.Ordinal);
        Assert.Equal(2, stage.Living.Count);
        Assert.Contains(stage.Held, stage.Living);
    }

    [Theory]
    [InlineData("tokens: []", "line 1: 'tokens' must be a list")]
    [InlineData("token: []", "line 1: the plan has no 'token'")]
    [InlineData("tokens:\n- name: a\n  scopes: [api]\n", "line 2: a has no 'source'")]
    [InlineData("tokens:\n- name: a\n  source: {github: x}\n", "line 3: a source is one of: gitlab, patrol, jira, confluence")]
    [InlineData("tokens:\n- name: a\n  source: {gitlab: 'http://x'}\n  owner: me\n", "a has no 'scopes'")]
    [InlineData("tokens:\n- name: a\n  source: {gitlab: 'http://x'}\n  scopes: [api]\n", "a has no 'owner'")]
    [InlineData("tokens:\n- name: a\n  source: {jira: 'http://x'}\n  scopes: [api]\n", "Atlassian's tokens have no scopes")]
    [InlineData("tokens:\n- name: a\n  source: {gitlab: 'http://x'}\n  owner: me\n  scopes: [api]\n", "a has no 'holders'")]
    [InlineData("tokens:\n- name: a\n  source: {gitlab: 'http://x'}\n  owner: me\n  scopes: [api]\n  holders:\n  - vault: {}\n", "line 7: a holder is one of: env, yaml")]
    [InlineData("tokens:\n- name: a\n  source: {gitlab: 'http://x'}\n  owner: me\n  scopes: [api]\n  holders:\n  - env: {file: x}\n", "line 7: env needs 'key'")]
    [InlineData("tokens:\n- name: a\n  source: {gitlab: 'http://x'}\n  owner: me\n  scopes: [api]\n  holders:\n  - env: {file: x, keys: y}\n", "line 7: env has no setting 'keys'")]
    [InlineData("tokens:\n- name: a\n  lifetime: soon\n  source: {gitlab: 'http://x'}\n  owner: me\n  scopes: [api]\n  holders:\n  - file: {file: x}\n", "line 3: 'lifetime' is no span")]
    [InlineData("tokens:\n- name: a\n  name: b\n", "line 3: 'name' stands there twice")]
    [InlineData("tokens:\n- name: a\n  source: {gitlab: 'http://x'}\n  owner: me\n  scopes: [api]\n  holders:\n  - file: {file: x}\n  prove:\n  - http: {url: 'ftp://x/y'}\n", "line 9: http: 'url' is no address such as https://")]
    [InlineData("tokens:\n- name: a\n  source: {gitlab: 'http://x'}\n  owner: me\n  scopes: [api]\n  holders:\n  - file: {file: x}\n  prove:\n  - http: {url: 'https://u:p@x/y'}\n", "line 9: http: 'url' holds a name or password")]
    [InlineData("tokens:\n- name: a\n  source: {gitlab: 'http://x'}\n  owner: me\n  scopes: [api]\n  holders:\n  - file: {file: x}\n  prove:\n  - http: {url: 'https://x/y', status: ok}\n", "line 9: http: 'status' is no status")]
    [InlineData("tokens:\n- name: a\n  source: {gitlab: 'http://x'}\n  owner: me\n  scopes: [api]\n  holders:\n  - file: {file: x}\n  prove:\n  - http: {url: 'https://x/y', header: 'a b'}\n", "line 9: http: 'header' is no name")]
    [InlineData("tokens:\n- name: a\n  source: {gitlab: 'http://x'}\n  owner: me\n  scopes: [api]\n  holders:\n  - file: {file: x}\n  prove:\n  - git: {url: '--upload-pack=x'}\n", "line 9: git: 'url' is no address")]
    [InlineData("tokens:\n- name: a\n  source: {gitlab: 'http://x'}\n  owner: me\n  scopes: [api]\n  holders:\n  - file: {file: x}\n  prove:\n  - command: {run: 'true', limit: soon}\n", "line 9: limit: 'soon' is no length of time")]
    [InlineData("tokens:\n- name: \"a\\nb\"\n  source: {gitlab: 'http://x'}\n", "line 2: 'name' has a line break")]
    [InlineData("tokens:\n- name: a\n  source: {gitlab: 'http://u:p@x'}\n", "line 3: gitlab: no names or passwords in addresses, where others could read them; tokens come from the environment.")]
    [InlineData("tokens:\n- name: a\n  source: {gitlab: 'http://x'}\n  owner: me\n  scopes: [api]\n  holders:\n  - file: {file: x}\n- name: b\n  source: {gitlab: 'http://x'}\n  owner: me\n  scopes: [api]\n  holders:\n  - file: {file: ./x}\n", "a and b have the same holder (file file=")]
    public async Task A_plan_that_makes_no_sense_is_refused_with_its_line(string text, string message)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["plan.yaml"], text);
        var run = await CliInProcess.Run(["renew", "--file", folder["plan.yaml"], "--yes"], folder.Path);
        Assert.Contains(message, run.Line(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Machines_read_a_line_of_json_for_each_step_and_outcome()
    {
        await using var stage = await FakeStage.Set();
        var lines = (await stage.Renew("--format", "json")).Good.TrimEnd('\n').Split('\n').Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(["check", "issue", "store", "use", "revoke"], lines.Where(line => line.GetProperty("event").GetString() == "step").Select(line => line.GetProperty("step").GetString()));
        Assert.Equal("renewed", lines[^1].GetProperty("outcome").GetString());
        Assert.Equal(stage.GitLab.Find(stage.Held)!.Id, lines[^1].GetProperty("new_id").GetInt64());
    }
}
