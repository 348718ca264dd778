using Patrol.Tests.Kit;
using Patrol.Tests.Kit.GitLab;

namespace Patrol.Tests.Commands;

public sealed class UndoTests
{
    [Theory, ClassData(typeof(Generations))]
    public async Task Every_byte_comes_back_and_again_is_no_harm(Generation generation)
    {
        var database = await GitLabDatabase.New(generation);
        using var folder = new TemporaryFolder();
        var before = await database.DumpAll();
        await Patrol(database, folder, 0, "extend", "--expires-on", database.Day(Rows.MostEndIn), "--by", "6mo", "--yes", "--undo-file", "extend");
        await Patrol(database, folder, 0, "remove-expiry", "--expires-on", database.Day(Rows.BulkEndsIn), "--yes", "--undo-file", "remove");
        await Patrol(database, folder, 0, "revoke", "--expires-on", database.Day(Rows.NastyEndIn), "--yes", "--undo-file", "revoke");
        Assert.NotEqual(before, await database.DumpAll());
        foreach (var file in (string[])["revoke", "extend", "remove"])
            await Patrol(database, folder, 0, "undo", file, "--yes");
        Assert.Equal(before, await database.DumpAll());
        var extended = generation switch { Generation.V16_0 => 19, Generation.V17_11 => 20, _ => 21 };
        Assert.Equal($"Nothing to put back; {extended} tokens are as before already.", await Patrol(database, folder, 0, "undo", "extend", "--yes"));
        Assert.Equal(before, await database.DumpAll());
    }

    [Fact]
    public async Task What_changed_since_is_left_alone_and_named()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        using var folder = new TemporaryFolder();
        await Patrol(database, folder, 0, "extend", "--expires-on", database.Day(Rows.BulkEndsIn), "--to", database.Day(300), "--yes", "--undo-file", "file");
        await database.Execute(
            """
            UPDATE personal_access_tokens SET expires_at = current_date + 400 WHERE id = 1001;
            UPDATE personal_access_tokens SET sixty_days_notification_sent_at = now() WHERE id = 1002;
            DELETE FROM personal_access_tokens WHERE id = 1003;
            UPDATE personal_access_tokens SET last_used_at = now() WHERE id = 1004;
            """);
        var line = await Patrol(database, folder, 1, "undo", "file", "--yes");
        Assert.Equal("Put back 1075 tokens; left alone 3 tokens that changed since (ID 1001, 1002, 1003).", line);
        Assert.Equal(["1001", "1002"], await database.Column($"SELECT id FROM personal_access_tokens WHERE id BETWEEN 1001 AND 1005 AND expires_at <> '{database.Day(90)}' ORDER BY id"));
    }

    [Fact]
    public async Task A_membership_comes_back_unless_somebody_has_given_it_a_date_since()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        using var folder = new TemporaryFolder();
        await Patrol(database, folder, 0, "extend", "--expires-on", database.Day(Rows.MostEndIn), "--to", database.Day(300), "--yes", "--undo-file", "file");
        await database.Execute("UPDATE members SET expires_at = '2030-01-01' WHERE user_id = 27");
        Assert.EndsWith("; left alone 1 membership that changed since.", await Patrol(database, folder, 1, "undo", "file", "--yes"), StringComparison.Ordinal);
        Assert.Equal(["2030-01-01"], await database.Column("SELECT expires_at FROM members WHERE user_id = 27"));
    }

    [Fact]
    public async Task A_dry_run_counts_and_touches_nothing()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        using var folder = new TemporaryFolder();
        await Patrol(database, folder, 0, "extend", "--expires-on", database.Day(Rows.MostEndIn), "--to", database.Day(300), "--yes", "--undo-file", "file");
        var after = await database.DumpAll();
        Assert.Equal("Would put back 20 tokens and 1 membership.", await Patrol(database, folder, 0, "undo", "file", "--dry-run"));
        Assert.Equal(after, await database.DumpAll());
    }

    [Fact]
    public async Task Dates_that_no_calendar_of_ours_has_come_back_too()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        using var folder = new TemporaryFolder();
        await database.Execute(
            """
            UPDATE members SET expires_at = '0044-03-15 BC' WHERE user_id = 20; UPDATE members SET expires_at = '-infinity' WHERE user_id = 21;
            UPDATE personal_access_tokens SET thirty_days_notification_sent_at = 'infinity', sixty_days_notification_sent_at = '2026-11-24 01:00:03.123456+00' WHERE id IN (31, 32);
            ALTER DATABASE "{name}" SET datestyle = 'SQL, DMY';
            """.Replace("{name}", new Npgsql.NpgsqlConnectionStringBuilder(database.ConnectionString).Database, StringComparison.Ordinal));
        var before = await database.DumpAll();
        await Patrol(database, folder, 0, "extend", "--expires-on", database.Day(Rows.MostEndIn), "--to", database.Day(300), "--yes", "--undo-file", "file");
        Assert.Equal(["0"], await database.Column("SELECT count(*) FROM members WHERE expires_at IS NOT NULL"));
        await Patrol(database, folder, 0, "undo", "file", "--yes");
        Assert.Equal(before, await database.DumpAll());
    }

    [Theory]
    [InlineData("", "file is not an undo file of patrol.")]
    [InlineData("{\"some\":\"json\"}\n{}\n", "file is not an undo file of patrol.")]
    [InlineData("not json\n", "file is damaged at byte 0, or is not an undo file of patrol.")]
    [InlineData("{\"patrol_undo\":1,\"system\":\"gitlab-db\",\"database\":\"another\",\"host\":\"db1\",\"columns\":{}}\n", "The undo file was made on the database another on db1, not on test")]
    [InlineData("{\"patrol_undo\":1,\"system\":\"jira\"}\n", "The undo file was made on another kind of system than --gitlab-db")]
    [InlineData("{\"patrol_undo\":1,\"system\":\"gitlab-db\",\"columns\":{\"admin\":\"true\"}}\n", "The undo file speaks of columns that patrol does not change")]
    [InlineData("{\"patrol_undo\":1,\"system\":5}\n", "file is damaged, or is not an undo file of patrol.")]
    [InlineData("{\"patrol_undo\":1,\"system\":\"gitlab-db\"}\n{}\n", "file is damaged, or is not an undo file of patrol.")]
    [InlineData("{\"patrol_undo\":1,\"system\":\"gitlab-db\",\"columns\":{\"expires_at\":null}}\n{\"tokens\":[{\"ids\":\"1-x\"}]}\n", "file is damaged, or is not an undo file of patrol.")]
    public async Task What_is_no_undo_file_of_this_database_is_refused(string content, string refusal)
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["file"], content);
        Assert.StartsWith(refusal, await Patrol(database, folder, 2, "undo", "file", "--yes"), StringComparison.Ordinal);
    }

    [Theory, ClassData(typeof(Generations))]
    public async Task A_created_token_is_taken_back_by_revoking_it(Generation generation)
    {
        var database = await GitLabDatabase.New(generation);
        using var folder = new TemporaryFolder();
        var before = await database.DumpAll();
        Assert.Equal($"To take it back: patrol undo {folder["file"]}", await Patrol(database, folder, 0, [.. Create, "--undo-file", "file"]));
        Assert.Equal("Would revoke 1 token that was made.", await Patrol(database, folder, 0, "undo", "file", "--dry-run"));
        Assert.Equal("Revoked 1 token that was made.", await Patrol(database, folder, 0, "undo", "file", "--yes"));
        Assert.Equal(["true"], await database.Column("SELECT revoked AND updated_at >= current_date FROM personal_access_tokens WHERE name = 'fresh'"));
        Assert.Equal("Nothing to put back; 1 token is as before already.", await Patrol(database, folder, 0, "undo", "file", "--yes"));
        await database.Execute("DELETE FROM personal_access_tokens WHERE name = 'fresh'");
        Assert.Equal(before, await database.DumpAll());
    }

    [Theory, ClassData(typeof(Generations))]
    public async Task A_rotation_is_taken_back_to_the_byte_and_its_successor_revoked(Generation generation)
    {
        var database = await GitLabDatabase.New(generation);
        using var folder = new TemporaryFolder();
        var before = await database.DumpAll();
        await Patrol(database, folder, 0, "rotate", $"{Rows.BotWhoseMembershipEndsWithIt}", "--yes", "--undo-file", "file");
        Assert.Equal("Put back 1 token and 1 membership and revoked 1 token that was made.", await Patrol(database, folder, 0, "undo", "file", "--yes"));
        var successor = $"FROM personal_access_tokens WHERE previous_personal_access_token_id = {Rows.BotWhoseMembershipEndsWithIt}";
        Assert.Equal(["true"], await database.Column($"SELECT revoked {successor}"));
        await database.Execute($"DELETE {successor}");
        Assert.Equal(before, await database.DumpAll());
    }

    [Fact]
    public async Task A_rotation_whose_successor_was_rotated_since_is_left_alone()
    {
        var database = await GitLabDatabase.New(Generation.V18_6);
        using var folder = new TemporaryFolder();
        await Patrol(database, folder, 0, "rotate", "1", "--yes", "--undo-file", "first");
        var successor = (await database.Column("SELECT id FROM personal_access_tokens WHERE previous_personal_access_token_id = 1")).Single()!;
        await Patrol(database, folder, 0, "rotate", successor, "--yes", "--undo-file", "second");
        var after = await database.DumpAll();
        Assert.Equal("Nothing to put back; left alone 1 token that changed since (ID 1).", await Patrol(database, folder, 1, "undo", "first", "--yes"));
        Assert.Equal(after, await database.DumpAll());
    }

    [Fact]
    public async Task A_rotation_that_was_killed_before_it_was_done_stands_in_its_file_and_nothing_else()
    {
        var database = await GitLabDatabase.New(Generation.V18_6);
        using var folder = new TemporaryFolder();
        var before = await database.DumpAll();
        await using (var held = await HeldBatch.In(database))
        {
            using var process = CliProcess.Start(
                folder.Path, ["rotate", $"{HeldBatch.Token}", "--yes", "--undo-file", "file", "--gitlab-secrets", await Secrets(folder), "--gitlab-db", CliProcess.Address(database.ConnectionString)]);
            await held.Reached();
            process.Process.Kill();
            Assert.Equal(137, (await process.End()).ExitCode);
        }
        Assert.Equal("Nothing to put back; 1 token is as before already.", await Patrol(database, folder, 0, "undo", "file", "--yes"));
        Assert.Equal(before, await database.DumpAll());
    }

    [Fact]
    public async Task Another_database_of_the_same_name_is_recognised()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        using var folder = new TemporaryFolder();
        await Patrol(database, folder, 0, "extend", "--expires-on", database.Day(Rows.MostEndIn), "--by", "6mo", "--yes", "--undo-file", "file");
        var after = await database.DumpAll();
        var cluster = (await database.Column("SELECT system_identifier FROM pg_control_system()")).Single()!;
        await File.WriteAllTextAsync(folder["file"], (await File.ReadAllTextAsync(folder["file"])).Replace(cluster, "7500000000000000001", StringComparison.Ordinal));
        Assert.StartsWith("The undo file was made on another database of the same name, on 127.0.0.1", await Patrol(database, folder, 2, "undo", "file", "--yes"), StringComparison.Ordinal);
        Assert.Equal(after, await database.DumpAll());
    }

    private static readonly string[] Create = ["create", "--user", "jane", "--name", "fresh", "--scope", "api", "--yes"];

    private static async Task<string> Secrets(TemporaryFolder folder)
    {
        await File.WriteAllTextAsync(folder["secrets.json"], Rows.GitLabSecrets);
        return "secrets.json";
    }

    private static async Task<string> Patrol(GitLabDatabase database, TemporaryFolder folder, int exitCode, params string[] arguments)
    {
        var run = await CliProcess.Run(folder.Path, [.. arguments, "--gitlab-secrets", await Secrets(folder), "--gitlab-db", CliProcess.Address(database.ConnectionString)]);
        Assert.True(run.ExitCode == exitCode, $"patrol ended with {run.ExitCode}: {run.Errors}");
        return run.Errors.TrimEnd('\n').Split('\n')[^1];
    }
}
