using Patrol.Tests.Kit;
using Patrol.Tests.Kit.Renewal;

namespace Patrol.Tests.Renewal;

/// <summary>Runs that cannot come to their end by themselves, and how they are ended.</summary>
public sealed class WaysOutTests
{
    [Fact]
    public async Task A_mistyped_command_is_replaced_when_the_run_is_resumed()
    {
        await using var stage = await FakeStage.Set();
        stage.More = "    after: 'cd nowhere'";
        Assert.Equal(1, (await stage.Renew()).ExitCode);
        Assert.Contains("resume --after COMMAND", (await stage.Renew()).Line(1), StringComparison.Ordinal);
        // Written down: what stops once more goes on with the new one.
        Assert.Equal(1, (await stage.Run("resume", "--journal", stage.Journal, "--after", $"test -e {stage.Folder["ok"]}")).ExitCode);
        await File.WriteAllTextAsync(stage.Folder["ok"], "");
        Assert.Equal(0, (await stage.Run("resume", "--journal", stage.Journal)).ExitCode);
        stage.Renewed();
    }

    [Fact]
    public async Task A_command_that_nobody_waits_for_is_refused()
    {
        await using var stage = await FakeStage.Set();
        stage.More = "    after: 'true'";
        Assert.Equal(0, (await stage.Renew("--keep-old")).ExitCode);
        Assert.Equal("--after: no token of this run waits for a command any more.", (await stage.Run("resume", "--journal", stage.Journal, "--after", "true")).Line(2));
    }

    [Fact]
    public async Task A_corrected_plan_replaces_proofs_and_commands_but_never_holders()
    {
        await using var stage = await FakeStage.Set();
        stage.Holders.Add($"command: {{read: 'cat {stage.Folder["stored"]}', store: 'cat > {stage.Folder["stored"]}'}}");
        await File.WriteAllTextAsync(stage.Folder["stored"], FakeStage.Old);
        stage.More = $"    prove: [{{http: {{url: \"{stage.GitLab.Address}/api/v4/nothing\"}}}}]";
        Assert.Equal(1, (await stage.Renew()).ExitCode);
        stage.More = $"    prove: [{{http: {{url: \"{stage.GitLab.Address}/api/v4/user\"}}}}]";
        string[] resume = ["resume", "--journal", stage.Journal, "--file", stage.Folder["plan.yaml"]];
        stage.Holders[0] = "env: {file: app.env, key: OTHER}";
        await stage.WritePlan();
        Assert.Contains("app has other holders there", (await stage.Run(resume)).Line(2), StringComparison.Ordinal);
        stage.Holders[0] = "env: {file: app.env, key: TOKEN}";
        stage.Holders[1] = $"command: {{read: 'cat {stage.Folder["stored"]}', store: 'echo again >> {stage.Folder["log"]}; cat > {stage.Folder["stored"]}'}}";
        await stage.WritePlan();
        Assert.Equal(0, (await stage.Run(resume)).ExitCode);
        stage.Renewed();
    }

    [Fact]
    public async Task A_holder_that_got_another_token_is_left_to_whoever_wrote_there()
    {
        const string other = "glpat-otherotherotherother";
        await using var stage = await FakeStage.Set();
        Assert.NotEqual(0, (await stage.Renew([], $"GITLAB_TOKEN={FakeGitLab.Administrator}", "PATROL_FAILPOINT=use")).ExitCode);
        var made = stage.GitLab.Find(stage.Held)!;
        stage.GitLab.Give(other, FakeStage.OwnerId, ["api"], null);
        stage.Hold(other);
        foreach (var command in (string[])["resume", "finish"])
        {
            var stopped = await stage.Run(command, "--journal", stage.Journal);
            Assert.Equal(1, stopped.ExitCode);
            Assert.Contains($"does not hold the new token any more: look who wrote there. It stopped after the step use; the new token {made.Id} was stored in every holder, the old one is not revoked.", stopped.Output, StringComparison.Ordinal);
            Assert.Contains("patrol renew finish --force", stopped.Output, StringComparison.Ordinal);
        }
        var run = await stage.Run("finish", "--force", "--journal", stage.Journal);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("app: abandoned", run.Output, StringComparison.Ordinal);
        Assert.Contains($"nothing was revoked. Still alive: token {stage.GitLab.Find(FakeStage.Old)!.Id} and {made.Id}; revoke what nobody holds.", run.Output, StringComparison.Ordinal);
        Assert.Contains("1 left as it is", run.Errors, StringComparison.Ordinal);
        Assert.Equal(other, stage.Held);
        Assert.Equal(3, stage.Living.Count);
        Assert.False(Cli.Renewal.Journal.Exists(stage.Journal));
        // Nothing stands in the way of a new run.
        Assert.Equal(0, (await stage.Renew("--force")).ExitCode);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(null)]
    public async Task A_given_token_is_told_with_the_expiry_that_it_has(int? days)
    {
        const string text = "glpat-givengivengivengiven";
        await using var gitlab = await FakeGitLab.Start();
        using var folder = new TemporaryFolder();
        DateOnly? last = days is { } count ? DateOnly.FromDateTime(DateTime.UtcNow.AddDays(count)) : null;
        var given = gitlab.Give(text, 1, ["api", "sudo", "write_repository"], last);
        await File.WriteAllTextAsync(folder[".env"], "GITLAB_HOST=gitlab\nGITLAB_ROOT_TOKEN='glpat-deaddeaddeaddeaddead'\n");
        string[] command = ["renew", "exastro", "--gitlab", gitlab.Address, "--root", "--env", folder[".env"], "--token-stdin", "--settle", "0", "--yes", "--journal", folder["journal"]];
        var dryRun = await CliProcess.Run(folder.Path, [.. command, "--dry-run"], text + "\n");
        var until = last is null ? "never expires" : $"expires {last:yyyy-MM-dd}";
        Assert.Contains($"token {given.Id}, which was given for root, {until}, would be stored", dryRun.Good, StringComparison.Ordinal);
        var run = await CliProcess.Run(folder.Path, [.. command, "--format", "json", "--after", "false"], text + "\n");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"token {given.Id} was given, of root, {until}", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("made", run.Output, StringComparison.Ordinal);
        Assert.Equal(last is not null, run.Output.Contains($"the token that was given expires on {last:yyyy-MM-dd}, sooner than", StringComparison.Ordinal));
        Assert.Contains($"{given.Id} ({until})", (await CliProcess.Run(folder.Path, ["renew", "status", "--journal", folder["journal"]])).Good, StringComparison.Ordinal);
        var resumed = await CliProcess.Run(folder.Path, ["renew", "resume", "--after", "true", "--journal", folder["journal"]], "", $"GITLAB_TOKEN={text}");
        Assert.Contains($"root: renewed, token {given.Id} ({until})", resumed.Good, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_is_answered_with_Aborting_and_nothing_is_said_of_dead_tokens()
    {
        await using var gitlab = await FakeGitLab.Start();
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder[".env"], $"GITLAB_HOST=gitlab\nGITLAB_ROOT_TOKEN='{FakeGitLab.Administrator}'\n");
        await using var terminal = TerminalSession.Run(
            folder.Path, $"env GITLAB_TOKEN={FakeGitLab.Administrator} {CliProcess.ShellCommand} renew exastro --gitlab {gitlab.Address} --root --env .env --force --journal journal");
        await terminal.Answer("Renew 1 token (root)? [y/N] ", "n" + TerminalSession.Enter);
        var (exitCode, after) = await terminal.End();
        Assert.Equal((0, "n\nAborting!\n"), (exitCode, after));
    }
}
