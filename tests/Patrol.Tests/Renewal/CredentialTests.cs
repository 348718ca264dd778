using Patrol.Tests.Kit;
using Patrol.Tests.Kit.Renewal;

namespace Patrol.Tests.Renewal;

/// <summary>Which token a run signs in with, and what becomes of it when that one is refused.</summary>
public sealed class CredentialTests
{
    [Fact]
    public async Task Without_the_administrators_token_no_organizations_takes_its_place()
    {
        await using var stage = await ExastroStage.Set();
        string[] keys = [await stage.Add("one"), await stage.Add("two")];
        Assert.NotEqual(0, (await stage.Renew(["PATROL_FAILPOINT=use"], "--all")).ExitCode);
        var before = await Living();
        foreach (var command in (string[])["resume", "finish"])
        {
            var run = await stage.Run([command, "--journal", stage.Journal], "GITLAB_TOKEN=");
            Assert.Equal(2, run.ExitCode);
            Assert.Contains("No administrator's token for", run.Errors, StringComparison.Ordinal);
            Assert.Contains("set GITLAB_TOKEN", run.Errors, StringComparison.Ordinal);
            Assert.Equal(before, await Living());
        }
        var resumed = await stage.Resume();
        Assert.True(resumed.ExitCode == 0, resumed.Output + resumed.Errors);
        foreach (var key in keys)
            await stage.OnlyLives((await stage.Row(key, "GITLAB_USER"))!, await stage.Row(key));

        async Task<string> Living() =>
            string.Join('|', await Task.WhenAll(keys.Select(async key => $"{await stage.Row(key)} {string.Join(',', await stage.Living((await stage.Row(key, "GITLAB_USER"))!))}")));
    }

    [Theory, InlineData(1), InlineData(2)]
    public async Task An_administrator_who_is_refused_on_the_way_drops_no_token(int refused)
    {
        await using var stage = await FakeStage.Set();
        stage.GitLab.Users["you"] = (8, "active");
        await File.WriteAllTextAsync(stage.Folder["second"], "change-this-token\n");
        stage.More = $"  - name: second\n    source: {{gitlab: \"{stage.GitLab.Address}\"}}\n    owner: you\n    scopes: [api]\n    holders: [{{file: {{file: second}}}}]";
        var asked = 0;
        stage.GitLab.Fault = request => request == "POST personal_access_tokens" && ++asked >= refused ? 401 : null;
        var run = await stage.Renew();
        Assert.Equal(refused == 1 ? 4 : 1, run.ExitCode);
        Assert.Contains("second: unfinished", run.Output, StringComparison.Ordinal);
        Assert.True(Cli.Renewal.Journal.Exists(stage.Journal));
        stage.GitLab.Fault = _ => null;
        Assert.Equal(0, (await stage.Run("resume", "--journal", stage.Journal)).ExitCode);
        stage.Renewed();
        Assert.Equal((await File.ReadAllTextAsync(stage.Folder["second"])).Trim(), Assert.Single(stage.GitLab.Living, token => token.UserId == 8).Text);
    }

    [Theory, InlineData("revoke"), InlineData("report")]
    public async Task After_a_crash_behind_the_revocation_the_same_command_says_to_resume(string step)
    {
        await using var stage = await ExastroStage.Set();
        string[] options = ["--root", "--env", stage.Env, "--after", "true"];
        Assert.NotEqual(0, (await stage.Renew([$"PATROL_FAILPOINT={step}"], options)).ExitCode);
        Assert.Null(await stage.Self(stage.AdministratorToken));
        var again = await stage.Renew(options);
        Assert.Equal(1, again.ExitCode);
        Assert.Contains($"has not come to its end: run `patrol renew resume --journal {stage.Journal}`", again.Errors, StringComparison.Ordinal);
        Assert.Equal(0, (await stage.Resume()).ExitCode);
        await stage.OnlyLives(stage.Administrator, stage.RootInEnv());
    }

    [Fact]
    public async Task A_variable_that_is_out_of_date_is_told_from_a_root_token_that_has_died()
    {
        await using var stage = await ExastroStage.Set();
        var line = (await Exastro(stage.GitLab.Address.ToString(), stage.Env, stage.Folder.Path, "", [], "GITLAB_TOKEN=glpat-of-last-year-of-last")).Line(4);
        Assert.Contains($"But the token in GITLAB_ROOT_TOKEN in {stage.Env} works: GITLAB_TOKEN is out of date.", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_administrators_token_is_not_stored_as_roots_where_nothing_tells_whose_belongs_there()
    {
        await using var stage = await ExastroStage.Set();
        await File.WriteAllTextAsync(stage.Env, "GITLAB_HOST=gitlab\nGITLAB_ROOT_TOKEN='change-this-token'\n");
        var run = await stage.Renew("--root", "--env", stage.Env);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"a token of {stage.Administrator} would be stored as root's", run.Errors, StringComparison.Ordinal);
        Assert.Single(await stage.Living(stage.Administrator));
        Assert.Equal("change-this-token", stage.RootInEnv());
    }

    [Theory]
    [InlineData(FakeGitLab.Administrator, "The token that was given on standard input is me's (user 7), but GITLAB_ROOT_TOKEN in")]
    [InlineData("change-this-token", "The token that was given on standard input is me's (user 7), who is neither root nor an administrator")]
    public async Task A_given_token_that_is_not_roots_is_told_as_such(string held, string message)
    {
        await using var stage = await FakeStage.Set();
        await File.WriteAllTextAsync(stage.Folder[".env"], $"GITLAB_ROOT_TOKEN={held}\n");
        var run = await Exastro(stage.GitLab.Address, stage.Folder[".env"], stage.Folder.Path, FakeStage.Old, ["--token-stdin"]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(message, run.Errors, StringComparison.Ordinal);
        Assert.Equal($"GITLAB_ROOT_TOKEN={held}\n", await File.ReadAllTextAsync(stage.Folder[".env"]));
    }

    [Fact]
    public async Task A_given_token_that_is_held_already_is_told_as_such()
    {
        await using var stage = await FakeStage.Set();
        await File.WriteAllTextAsync(stage.Folder[".env"], $"GITLAB_ROOT_TOKEN={FakeGitLab.Administrator}\n");
        var run = await Exastro(stage.GitLab.Address, stage.Folder[".env"], stage.Folder.Path, FakeGitLab.Administrator, ["--token-stdin"]);
        Assert.Contains("No old token was revoked: this very token was held already.", run.Good, StringComparison.Ordinal);
        Assert.Contains(stage.GitLab.Living, token => token.Text == FakeGitLab.Administrator);
    }

    [Fact]
    public async Task Of_several_given_tokens_none_is_taken()
    {
        await using var stage = await FakeStage.Set();
        await File.WriteAllTextAsync(stage.Folder[".env"], $"GITLAB_ROOT_TOKEN={FakeStage.Old}\n");
        var run = await Exastro(stage.GitLab.Address, stage.Folder[".env"], stage.Folder.Path, $"{FakeGitLab.Administrator}\n{FakeStage.Old}", ["--token-stdin"]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("There is more than one line", run.Errors, StringComparison.Ordinal);
        Assert.Equal($"GITLAB_ROOT_TOKEN={FakeStage.Old}\n", await File.ReadAllTextAsync(stage.Folder[".env"]));
    }

    private static Task<CliRun> Exastro(string gitlab, string env, string folder, string input, string[] options, params string[] environment) => CliProcess.Run(
        folder, ["renew", "exastro", "--gitlab", gitlab, "--root", "--env", env, "--settle", "0", "--yes", "--journal", Path.Combine(folder, "journal"), .. options], $"{input}\n", environment);
}
