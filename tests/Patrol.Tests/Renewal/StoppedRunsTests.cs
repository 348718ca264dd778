using Patrol.Tests.Kit;
using Patrol.Tests.Kit.Renewal;

namespace Patrol.Tests.Renewal;

/// <summary>Runs that stop with both tokens alive, journals and locks.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class StoppedRunsTests
{
    [Theory]
    [InlineData("exit 3", "10m", "ended with 3")]
    [InlineData("cat fifo", "1s", "did not end within 1 seconds")]
    public async Task A_hook_that_fails_or_outlasts_its_limit_leaves_the_old_token_alive(string hook, string limit, string message)
    {
        await using var stage = await FakeStage.Set();
        await System.Diagnostics.Process.Start("mkfifo", [stage.Folder["fifo"]]).WaitForExitAsync();
        stage.More = $"    after: 'cd {stage.Folder.Path} && test -e ok || {hook}'\n    after-limit: {limit}";
        var run = await stage.Renew();
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(message, run.Output, StringComparison.Ordinal);
        Assert.Equal(2, stage.Living.Count);
        Assert.Contains(FakeStage.Old, stage.Living);
        Assert.Contains(stage.Held, stage.Living);
        Assert.Contains("Done as far as: store", (await stage.Run("status", "--journal", stage.Journal)).Good, StringComparison.Ordinal);
        // Without the cause it goes on.
        await File.WriteAllTextAsync(stage.Folder["ok"], "");
        Assert.Equal(0, (await stage.Run("resume", "--journal", stage.Journal)).ExitCode);
        stage.Renewed();
    }

    [Fact]
    public async Task A_hook_finds_no_token_in_its_environment_and_what_it_prints_is_blacked_out()
    {
        await using var stage = await FakeStage.Set();
        stage.More = "    after: 'cd " + stage.Folder.Path + "; env > environment; cat app.env; tr \"\\0\" \" \" < /proc/self/cmdline'";
        await stage.WritePlan();
        string[] arguments = ["renew", "--file", "plan.yaml", "--yes", "--settle", "0", "--journal", stage.Journal];
        var run = await CliProcess.Run(stage.Folder.Path, arguments, "", $"GITLAB_TOKEN={FakeGitLab.Administrator}", $"GITLAB_ROOT_TOKEN={FakeStage.Old}", $"MINE={FakeGitLab.Administrator}", "MYSQL_PWD=secret", "KEPT=kept");
        Assert.Equal(0, run.ExitCode);
        var environment = await File.ReadAllTextAsync(stage.Folder["environment"]);
        Assert.Contains("KEPT=kept", environment, StringComparison.Ordinal);
        foreach (var text in (string[])[FakeGitLab.Administrator, FakeStage.Old, stage.Held, "secret", "GITLAB_TOKEN", "GITLAB_ROOT_TOKEN"])
            Assert.DoesNotContain(text, environment, StringComparison.Ordinal);
        Assert.Contains("TOKEN='[token]'", run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(stage.Held, run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_hook_leaves_running_does_not_hold_the_output()
    {
        await using var stage = await FakeStage.Set();
        stage.More = "    after: 'cd " + stage.Folder.Path + "; own=$(readlink /proc/$PPID/fd/1); for f in /proc/$$/fd/*; do test \"$(readlink $f)\" = \"$own\" && echo $f; done > leaked; true'";
        await stage.WritePlan();
        var run = await CliProcess.Run(stage.Folder.Path, ["renew", "--file", "plan.yaml", "--yes", "--settle", "0", "--journal", stage.Journal], "", $"GITLAB_TOKEN={FakeGitLab.Administrator}");
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Equal("", await File.ReadAllTextAsync(stage.Folder["leaked"]));
    }

    [Fact]
    public async Task A_token_that_a_holders_own_command_prints_is_blacked_out()
    {
        await using var stage = await FakeStage.Set();
        stage.Holders.Add($"command: {{check: 'cat {stage.Folder["stored"]}', read: 'cat {stage.Folder["stored"]}', store: 'tee {stage.Folder["stored"]}'}}");
        await File.WriteAllTextAsync(stage.Folder["stored"], FakeStage.Old);
        var run = await stage.Renew();
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.DoesNotContain(FakeStage.Old, run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(stage.Held, run.Errors, StringComparison.Ordinal);
        Assert.Equal(2, run.Errors.Split("  | [token]\n").Length - 1);
    }

    [Fact]
    public async Task Kept_old_tokens_live_until_finish()
    {
        await using var stage = await FakeStage.Set();
        Assert.Equal(0, (await stage.Renew("--keep-old")).ExitCode);
        Assert.Equal(2, stage.Living.Count);
        Assert.Contains("old tokens are kept", (await stage.Run("resume", "--journal", stage.Journal)).Errors, StringComparison.Ordinal);
        Assert.Contains("finish", (await stage.Renew("--force")).Line(1), StringComparison.Ordinal);
        Assert.Equal(2, stage.Living.Count);
        Assert.Equal(0, (await stage.Run("finish", "--journal", stage.Journal)).ExitCode);
        stage.Renewed();
        Assert.Equal(0, (await stage.Run("finish", "--journal", stage.Journal)).ExitCode);
    }

    [Fact]
    public async Task Two_runs_never_work_on_the_same_thing_and_the_lock_tells_who_does()
    {
        await using var stage = await FakeStage.Set();
        await System.Diagnostics.Process.Start("mkfifo", [stage.Folder["fifo"]]).WaitForExitAsync();
        stage.More = "    after: 'cd " + stage.Folder.Path + "; echo begun > begun; cat fifo'";
        await stage.WritePlan();
        using var first = CliProcess.Start(
            stage.Folder.Path, ["renew", "--file", stage.Folder["plan.yaml"], "--yes", "--settle", "0", "--journal", stage.Journal], "", $"GITLAB_TOKEN={FakeGitLab.Administrator}");
        await Eventually.True(() => File.Exists(stage.Folder["begun"]), "the hook runs");
        // Another journal, the same file and GitLab.
        var second = await stage.Run("--file", stage.Folder["plan.yaml"], "--yes", "--journal", stage.Folder["other"]);
        Assert.Contains($"process {first.Process.Id}", second.Line(1), StringComparison.Ordinal);
        await File.WriteAllTextAsync(stage.Folder["fifo"], "go on");
        Assert.Equal(0, (await first.End()).ExitCode);
        stage.Renewed();
    }

    [Fact]
    public async Task A_lock_that_a_killed_run_left_behind_is_taken_over()
    {
        await using var stage = await FakeStage.Set();
        Assert.NotEqual(0, (await stage.Renew([], $"GITLAB_TOKEN={FakeGitLab.Administrator}", "PATROL_FAILPOINT=store")).ExitCode);
        var resumed = await stage.Run("resume", "--journal", stage.Journal);
        Assert.Equal(0, resumed.ExitCode);
        Assert.Contains("left behind by process", resumed.Errors, StringComparison.Ordinal);
        stage.Renewed();
    }

    [Fact]
    public async Task A_damaged_journal_is_refused_with_what_to_check_by_hand()
    {
        await using var stage = await FakeStage.Set();
        await stage.Renew([], $"GITLAB_TOKEN={FakeGitLab.Administrator}", "PATROL_FAILPOINT=prove");
        var file = Path.Combine(stage.Journal, "journal.jsonl");
        Assert.Equal(UnixMode.OwnerOnly, UnixMode.Of(file));
        var whole = await File.ReadAllBytesAsync(file);
        var damaged = whole.ToArray();
        damaged[^20] ^= 1;
        await File.WriteAllBytesAsync(file, damaged);
        var line = (await stage.Run("resume", "--journal", stage.Journal)).Line(1);
        Assert.Contains("is damaged", line, StringComparison.Ordinal);
        Assert.Contains("Check by hand", line, StringComparison.Ordinal);
        Assert.Contains("app.env", line, StringComparison.Ordinal);
        // A last line that the crash cut off is no damage: what it was to announce had not begun.
        await File.WriteAllBytesAsync(file, [.. whole, .. "0123456789abcdef {\"at\":"u8.ToArray()]);
        Assert.Equal(0, (await stage.Run("resume", "--journal", stage.Journal)).ExitCode);
        stage.Renewed();
    }

    [Fact]
    public async Task The_journal_of_another_target_is_refused()
    {
        await using var stage = await FakeStage.Set();
        await stage.Renew([], $"GITLAB_TOKEN={FakeGitLab.Administrator}", "PATROL_FAILPOINT=store");
        File.Copy(stage.Folder["plan.yaml"], stage.Folder["another.yaml"]);
        var line = (await stage.Run("--file", stage.Folder["another.yaml"], "--yes", "--journal", stage.Journal)).Errors;
        Assert.Contains("journal of another target", line, StringComparison.Ordinal);
        Assert.Contains("check by hand", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_account_goes_on_with_the_token_that_began()
    {
        await using var stage = await FakeStage.Set();
        await stage.Renew([], $"GITLAB_TOKEN={FakeGitLab.Administrator}", "PATROL_FAILPOINT=journal");
        var home = System.IO.Directory.CreateDirectory(stage.Folder["home"]).FullName;
        stage.GitLab.Give("glpat-another-administrator", 1, ["api"], null);
        var stranger = await stage.Run(["resume", "--journal", stage.Journal], "GITLAB_TOKEN=glpat-another-administrator", $"HOME={home}");
        Assert.Equal(4, stranger.ExitCode);
        Assert.Equal(0, (await stage.Run(["resume", "--journal", stage.Journal], $"GITLAB_TOKEN={FakeGitLab.Administrator}", $"HOME={home}")).ExitCode);
        stage.Renewed();
    }

    [Fact]
    public async Task The_steps_are_listed_in_order_one_a_line()
    {
        await using var stage = await FakeStage.Set();
        Assert.Equal(
            ["check", "issue", "journal", "prove", "store", "hook", "use", "settle", "revoke", "report"],
            (await stage.Run("steps")).Good.TrimEnd('\n').Split('\n').Select(line => line.Split(' ')[0]));
        Assert.Equal(2, (await stage.Renew([], "PATROL_FAILPOINT=lunch")).ExitCode);
    }
}

/// <summary>Modes of files.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
internal static class UnixMode
{
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static UnixFileMode Of(string file) => File.GetUnixFileMode(file);
}
