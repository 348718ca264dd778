using Patrol.Cli.Sinks;
using Patrol.Tests.Kit;
using Patrol.Tests.Kit.Renewal;

namespace Patrol.Tests.Renewal;

/// <summary>Journals that cannot be begun, written or trusted.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class JournalTests
{
    private const int Block = 1024;

    [Theory, InlineData(""), InlineData("0123456789abcdef {\"at\":")]
    public async Task A_start_that_did_not_come_as_far_as_a_line_stands_in_nobodys_way(string left)
    {
        await using var stage = await FakeStage.Set();
        System.IO.Directory.CreateDirectory(stage.Journal);
        await File.WriteAllTextAsync(Path.Combine(stage.Journal, "journal.jsonl"), left);
        Assert.Contains("No renewal is under way", (await stage.Run("status", "--journal", stage.Journal)).Line(0), StringComparison.Ordinal);
        foreach (var command in (string[][])[["resume"], ["finish"], ["finish", "--force"]])
            Assert.Contains($"nothing to {command[0]}", (await stage.Run([.. command, "--journal", stage.Journal])).Line(0), StringComparison.Ordinal);
        var run = await stage.Renew();
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        stage.Renewed();
    }

    [Fact]
    public async Task A_journal_that_cannot_be_begun_leaves_nothing_behind()
    {
        await using var stage = await FakeStage.Set();
        stage.More = $"    after: 'true #{new string('x', 2 * Block)}'";
        var run = await Limited(stage, 1);
        Assert.Contains("Nothing was done; give another folder with --journal.", run.Errors, StringComparison.Ordinal);
        Assert.Equal(1, run.ExitCode);
        Assert.Empty(System.IO.Directory.GetFiles(stage.Journal));
        stage.Untouched();
        Assert.Equal(0, (await stage.Renew()).ExitCode);
        stage.Renewed();
    }

    [Theory, InlineData("check"), InlineData("journal")]
    public async Task A_disk_that_fills_up_after_a_step_ends_the_run_with_what_is_where(string step)
    {
        const int room = 4, slack = 40;
        await using var stage = await FakeStage.Set();
        stage.More = $"    after: 'true #{new string('x', (room * Block) - slack - await Size(step))}'";
        var run = await Limited(stage, room);
        Assert.True(run.ExitCode == 1, run.Output + run.Errors);
        Assert.Contains("journal.jsonl cannot be written: Files may not become so large", run.Output, StringComparison.Ordinal);
        Assert.Contains("app: unfinished", run.Output, StringComparison.Ordinal);
        Assert.Contains("patrol renew resume", run.Output, StringComparison.Ordinal);
        Assert.Equal(FakeStage.Old, stage.Held);
        if (step == "check")
        {
            Assert.Contains("no holder is changed", run.Output, StringComparison.Ordinal);
            Assert.Equal([FakeStage.Old], stage.Living);
        }
        else
        {
            var made = Assert.Single(stage.GitLab.Living, token => token.UserId == FakeStage.OwnerId && token.Text != FakeStage.Old);
            Assert.Contains($"token {stage.GitLab.Find(FakeStage.Old)!.Id} (", run.Output, StringComparison.Ordinal);
            Assert.Contains($"the new token {made.Id} lives, and may be in its holders already; the old one lives, too.", run.Output, StringComparison.Ordinal);
        }
        var resumed = await stage.Run("resume", "--journal", stage.Journal);
        Assert.True(resumed.ExitCode == 0, resumed.Output + resumed.Errors);
        stage.Renewed();
    }

    [Fact]
    public async Task A_journal_that_another_user_could_have_written_is_not_gone_on_with()
    {
        const UnixFileMode all = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute;
        await using var stage = await FakeStage.Set();
        await stage.Renew([], $"GITLAB_TOKEN={FakeGitLab.Administrator}", "PATROL_FAILPOINT=store");
        foreach (var path in (string[])[stage.Journal, Path.Combine(stage.Journal, "journal.jsonl")])
        {
            var mode = File.GetUnixFileMode(path);
            File.SetUnixFileMode(path, all);
            foreach (var command in (string[])["status", "resume", "finish"])
                Assert.Contains($"{path} may be written by others", (await stage.Run(command, "--journal", stage.Journal)).Line(4), StringComparison.Ordinal);
            File.SetUnixFileMode(path, mode);
            if (!Environment.IsPrivilegedProcess)
                continue;
            Posix.Give(path, 1234, 1234);
            Assert.Contains($"{path} belongs to another user (1234)", (await stage.Run("resume", "--journal", stage.Journal)).Line(4), StringComparison.Ordinal);
            Posix.Give(path, 0, 0);
        }
        Assert.Equal(0, (await stage.Run("resume", "--journal", stage.Journal)).ExitCode);
        stage.Renewed();
    }

    [Fact]
    public async Task A_run_is_not_begun_where_it_could_not_be_gone_on_with()
    {
        await using var stage = await FakeStage.Set();
        System.IO.Directory.CreateDirectory(stage.Journal);
        File.SetUnixFileMode(stage.Journal, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupWrite);
        var run = await stage.Renew();
        Assert.Equal(4, run.ExitCode);
        Assert.Contains("may be written by others", run.Errors, StringComparison.Ordinal);
        stage.Untouched();
    }

    // How long the journal is after a step, but for the letters of the command.
    private static async Task<int> Size(string step)
    {
        await using var stage = await FakeStage.Set();
        stage.More = "    after: 'true #'";
        await stage.Renew([], $"GITLAB_TOKEN={FakeGitLab.Administrator}", $"PATROL_FAILPOINT={step}");
        return (int)new FileInfo(Path.Combine(stage.Journal, "journal.jsonl")).Length;
    }

    private static async Task<CliRun> Limited(FakeStage stage, int blocks)
    {
        await stage.WritePlan();
        return await CliProcess.RunWithFullDisk(
            stage.Folder.Path, blocks, ["renew", "--file", stage.Folder["plan.yaml"], "--yes", "--settle", "0", "--journal", stage.Journal], $"GITLAB_TOKEN={FakeGitLab.Administrator}");
    }
}
