using Patrol.Tests.Kit;
using Patrol.Tests.Kit.Renewal;

namespace Patrol.Tests.Renewal;

public sealed class ExastroTests
{
    [Theory, InlineData(false), InlineData(true)]
    public async Task Root_and_all_organizations_get_new_tokens_and_the_old_ones_die(bool lowerCaseNames)
    {
        await using var stage = await ExastroStage.Set(lowerCaseNames);
        var keys = new[] { await stage.Add("org-1"), await stage.Add("org-2") };
        var gone = await stage.Add("org-1", disused: "1");
        var (before, rest) = (await stage.Row(gone), await stage.Rest(keys[0]));
        var backup = $"{stage.Env}.20250101-000000";
        await File.WriteAllTextAsync(backup, "GITLAB_ROOT_TOKEN=glpat-of-last-year\n");
        var began = DateTime.UtcNow;
        var run = await stage.Renew("--root", "--env", stage.Env, "--all", "--after", $"env > {stage.Folder["hook.txt"]}; cat {stage.Env}");
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        foreach (var key in keys)
        {
            await stage.OnlyLives((await stage.Row(key, "GITLAB_USER"))!, await stage.Row(key));
            var self = (await stage.Self(await stage.Row(key)))!.Value;
            Assert.Equal(["api"], self.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString()));
            Assert.Contains(self.GetProperty("expires_at").GetString(), ((DateTime[])[began, DateTime.UtcNow]).Select(day => day.AddDays(365).ToString("yyyy-MM-dd")));
        }
        Assert.Equal(rest, await stage.Rest(keys[0]));
        Assert.Equal(before, await stage.Row(gone));
        await stage.OnlyLives(stage.Administrator, stage.RootInEnv());
        Assert.Equal($"# Exastro\r\nGITLAB_HOST=gitlab\r\nGITLAB_ROOT_TOKEN='{stage.RootInEnv()}' # 更新\r\nEND=1", await File.ReadAllTextAsync(stage.Env));
        Assert.Contains("GITLAB_ROOT_TOKEN='[token]'", run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("GITLAB_TOKEN", await File.ReadAllTextAsync(stage.Folder["hook.txt"]), StringComparison.Ordinal);
        Assert.Contains("3 renewed, 0 not due, 0 failed, 0 unfinished", run.Errors, StringComparison.Ordinal);
        Assert.Contains($"(.env.<timestamp>): {backup}\n", run.Errors, StringComparison.Ordinal);
        stage.Nowhere(run, stage.Env);
    }

    [Fact]
    public async Task What_the_hook_of_the_root_token_prints_of_an_organizations_is_blacked_out()
    {
        await using var stage = await ExastroStage.Set();
        var key = await stage.Add("org-1");
        await File.WriteAllTextAsync(stage.Folder["log"], $"x{await stage.Row(key)}y\n");
        var run = await stage.Renew("--root", "--env", stage.Env, "--all", "--after", $"cat {stage.Folder["log"]}");
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Contains("  | x[token]y\n", run.Errors, StringComparison.Ordinal);
        stage.Nowhere(run, stage.Env, stage.Folder["log"]);
    }

    [Fact]
    public async Task A_row_that_ITAs_settings_page_writes_back_whole_gets_the_new_token_again_before_the_old_one_dies()
    {
        await using var stage = await ExastroStage.Set();
        var key = await stage.Add("org-1");
        var old = await stage.Row(key);
        // As post_initial_setting_ansible: the whole row is read, much else is done, the whole row is written.
        await stage.Maria.Execute("CREATE TABLE READ_BEFORE AS SELECT * FROM T_COMN_ORGANIZATION_DB_INFO", stage.Database);
        using var run = CliProcess.Start(
            stage.Folder.Path, ["renew", "exastro", "--gitlab", stage.GitLab.Address.ToString(), "--db", stage.Maria.Address(stage.Database), "--journal", stage.Journal, "--yes", "--settle", "12s", "--all"],
            "", $"GITLAB_TOKEN={stage.AdministratorToken}", $"MYSQL_PWD={MariaServer.Password}");
        await Eventually.True(async () => await stage.Row(key) != old, "the new token is stored");
        await stage.Maria.Execute("REPLACE INTO T_COMN_ORGANIZATION_DB_INFO SELECT * FROM READ_BEFORE", stage.Database);
        var ended = await run.End();
        Assert.True(ended.ExitCode == 0, ended.Output + ended.Errors);
        Assert.Contains("held the old token again", ended.Errors, StringComparison.Ordinal);
        Assert.NotEqual(old, await stage.Row(key));
        await stage.OnlyLives((await stage.Row(key, "GITLAB_USER"))!, await stage.Row(key));
    }

    [Fact]
    public async Task Quotation_marks_that_mean_names_and_texts_that_are_cut_silently_are_no_obstacle()
    {
        await using var maria = await MariaServer.Start(lowerCaseNames: false, sqlMode: "ANSI_QUOTES");
        await using var stage = await ExastroStage.Set(maria);
        var key = await stage.Add("org-1");
        var run = await stage.Renew("--all");
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        await stage.OnlyLives((await stage.Row(key, "GITLAB_USER"))!, await stage.Row(key));
        await stage.Maria.Execute("ALTER TABLE T_COMN_ORGANIZATION_DB_INFO MODIFY GITLAB_TOKEN VARCHAR(27)", stage.Database);
        var before = await stage.Row(key);
        Assert.Contains("the column takes 27", (await stage.Renew("--all", "--force")).Output, StringComparison.Ordinal);
        Assert.Equal(before, await stage.Row(key));
    }

    [Fact]
    public async Task What_is_not_due_is_left_alone_unless_forced()
    {
        await using var stage = await ExastroStage.Set();
        var key = await stage.Add("org-1", daysLeft: 100);
        var before = await stage.Row(key);
        var run = await stage.Renew("--organization", "org-1");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("organization org-1: not due", run.Output, StringComparison.Ordinal);
        Assert.Equal(before, await stage.Row(key));
        Assert.Equal(0, (await stage.Renew("--organization", "org-1", "--due-within", "200d")).ExitCode);
        Assert.NotEqual(before, await stage.Row(key));
        var second = await stage.Row(key);
        Assert.Equal(0, (await stage.Renew("--organization", "org-1", "--force")).ExitCode);
        Assert.NotEqual(second, await stage.Row(key));
        await stage.OnlyLives((await stage.Row(key, "GITLAB_USER"))!, await stage.Row(key));
    }

    [Fact]
    public async Task A_dry_run_says_what_would_be_done_and_changes_nothing()
    {
        await using var stage = await ExastroStage.Set();
        var key = await stage.Add("org-1");
        var (token, env) = (await stage.Row(key), await File.ReadAllTextAsync(stage.Env));
        var run = await stage.Renew("--root", "--env", stage.Env, "--all", "--dry-run");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("root: due", run.Output, StringComparison.Ordinal);
        Assert.Contains("organization org-1: due", run.Output, StringComparison.Ordinal);
        Assert.Equal((token, env), (await stage.Row(key), await File.ReadAllTextAsync(stage.Env)));
        Assert.Single(await stage.Living(stage.Administrator));
        Assert.False(Cli.Renewal.Journal.Exists(stage.Journal));
    }
}
