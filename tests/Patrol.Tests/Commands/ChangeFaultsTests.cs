using Npgsql;
using Patrol.Tests.Kit;
using Patrol.Tests.Kit.GitLab;

namespace Patrol.Tests.Commands;

/// <summary>What stands in a change's way: one clear line, the contract's exit code, and nothing half done.</summary>
public sealed class ChangeFaultsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("extend --expires-on 2027-02-29 --to 2030-01-01", "--expires-on: '2027-02-29' is not a day such as 2026-12-31.")]
    [InlineData("extend --expires-on 2028-02-29 --to 2030-13-01", "--to: '2030-13-01' is not a day such as 2026-12-31.")]
    [InlineData("extend --expires-on 2028-02-29 --to tomorrow", "--to: 'tomorrow' is not a day such as 2026-12-31.")]
    [InlineData("extend --expires-on 2028-02-29 --by 6", "--by: '6' is not a span such as 30d, 6mo, 1y or 1.month.")]
    [InlineData("extend --expires-on 9999-02-28 --by 1y", "--by: 1y after 9999-02-28 lies past the year 9999.")]
    [InlineData("extend --expires-on 2028-02-29", "Say until when, once: --to DAY or --by SPAN.")]
    [InlineData("extend --expires-on 2028-02-29 --by 1y --to 2030-01-01", "Say until when, once: --to DAY or --by SPAN.")]
    [InlineData("extend --expires-on 2028-02-29 --to 2028-02-29", "--to: they expire on 2028-02-29 already.")]
    [InlineData("extend --to 2028-02-29", "Option '--expires-on' is required. See: patrol extend --help")]
    [InlineData("extend --expires-on 2023-02-28 --by 1y", "2024-02-28 is not in the future: the tokens would stop working at once. Add --force if that is meant.")]
    [InlineData("remove-expiry --expires-on 2028-02-30", "--expires-on: '2028-02-30' is not a day such as 2026-12-31.")]
    [InlineData("revoke", "Say which tokens, one way: by ID, with --token-stdin, or by filters such as --expires-on.")]
    [InlineData("revoke 1 --owner jane", "Say which tokens, one way: by ID, with --token-stdin, or by filters such as --expires-on.")]
    [InlineData("undo nowhere", "nowhere does not exist.")]
    [InlineData("undo .", ". is a folder: name the undo file itself, such as ./patrol-extend-20261124-133000-123.undo")]
    [InlineData("extend --expires-on 2028-02-29 --by 1y --undo-file {empty}", "--undo-file is empty: give it a value, or leave it out. See: patrol extend --help")]
    [InlineData("revoke --owner {empty}", "--owner is empty: give it a value, or leave it out. See: patrol revoke --help")]
    [InlineData("undo {empty}", "file is empty: give it a value, or leave it out. See: patrol undo --help")]
    public async Task Wrong_usage_ends_before_anything_is_reached(string command, string line) =>
        Assert.Equal(line, (await CliProcess.Run(folder.Path, [.. command.Split(' ').Select(word => word == "{empty}" ? "" : word), "--yes", "--gitlab-db", "postgres://nobody@127.0.0.1:1/none"])).Line(2));

    [Fact]
    public async Task A_past_day_needs_force()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        string[] command = ["extend", "--expires-on", database.Day(Rows.MostEndIn), "--yes", "--to"];
        Assert.EndsWith("Add --force if that is meant.", (await Run(database, [.. command, database.Day(0)])).Line(2), StringComparison.Ordinal);
        Assert.Contains("Updated 20 tokens", (await Run(database, [.. command, database.Day(-1), "--force"])).Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("extend", "--to", "2099-01-01")]
    [InlineData("remove-expiry", "--kind", "personal")]
    [InlineData("revoke", "--kind", "personal")]
    public async Task Without_a_terminal_it_refuses_unless_yes_answers(string command, string option, string value)
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        var before = await database.DumpAll();
        Assert.StartsWith("This asks before it acts, and there is no terminal to ask on: add --yes", (await Run(database, command, "--expires-on", database.Day(30), option, value)).Line(2), StringComparison.Ordinal);
        Assert.Equal(before, await database.DumpAll());
    }

    [Theory]
    [InlineData("extend", "--to", "2099-01-01")]
    [InlineData("remove-expiry", "--state", "any")]
    [InlineData("revoke", "--state", "any")]
    public async Task A_user_who_may_only_read_is_told_so_and_no_undo_file_is_left(string command, string option, string value)
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        var run = await CliProcess.Run(folder.Path, [command, "--expires-on", database.Day(30), option, value, "--yes", "--gitlab-db", CliProcess.Address(database.Reader)]);
        Assert.StartsWith("The database user may not do this: permission denied for table personal_access_tokens.", run.Line(4), StringComparison.Ordinal);
        Assert.Empty(System.IO.Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task A_replica_is_told_from_a_primary()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await database.Execute($"ALTER DATABASE \"{Name(database)}\" SET default_transaction_read_only = on");
        Assert.StartsWith("The database takes no changes:", (await Extend(database)).Line(4), StringComparison.Ordinal);
        Assert.Empty(System.IO.Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task An_undo_file_that_cannot_be_made_stops_it_before_it_begins()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        var before = await database.DumpAll();
        await File.WriteAllTextAsync(folder["there"], "precious");
        Assert.EndsWith("there is there already; give another --undo-file.", (await Extend(database, "--undo-file", "there")).Line(2), StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(folder["there"]));
        Assert.Contains("Nothing was changed; give another place with --undo-file.", (await Extend(database, "--undo-file", "no/such/folder")).Line(1), StringComparison.Ordinal);
        Assert.Equal(before, await database.DumpAll());
    }

    [Fact]
    public async Task A_disk_that_is_full_ends_it_between_two_batches()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        // The second batch's tokens each have marks of their own, so that its line is the longest by far.
        await database.Execute("UPDATE personal_access_tokens SET sixty_days_notification_sent_at = timestamptz '2026-01-01' + id * interval '1 s' WHERE id BETWEEN 2023 AND 2100");
        var before = await database.DumpAll();
        var run = await CliProcess.RunWithFullDisk(folder.Path, 4, [.. Arguments(database), "--undo-file", "file"]);
        Assert.True(run.ExitCode == 1, run.Errors);
        var line = run.Errors.TrimEnd('\n').Split('\n')[^1];
        Assert.Contains("cannot be written on:", line, StringComparison.Ordinal);
        Assert.Contains("Updated 1000 tokens", line, StringComparison.Ordinal);
        Assert.Equal("Put back 1000 tokens.", (await Run(database, "undo", "file", "--yes")).Line(0));
        Assert.Equal(before, await database.DumpAll());
    }

    [Fact]
    public async Task A_deadlock_is_tried_again()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        // A sequence is not rolled back: the first two attempts fail.
        await database.Execute(
            """
            CREATE SEQUENCE attempts;
            CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('attempts') <= 2 THEN RAISE deadlock_detected; END IF; RETURN NEW; END $$;
            CREATE TRIGGER fails BEFORE UPDATE ON personal_access_tokens FOR EACH ROW WHEN (NEW.id = 2090) EXECUTE FUNCTION fail();
            """);
        var before = await database.DumpAll();
        Assert.Contains("Updated 1078 tokens", (await Extend(database, "--undo-file", "file")).Errors, StringComparison.Ordinal);
        // What was rolled back does not stand in the file.
        Assert.Equal(3, (await File.ReadAllLinesAsync(folder["file"])).Length);
        Assert.Equal("Put back 1078 tokens.", (await Run(database, "undo", "file", "--yes")).Line(0));
        Assert.Equal(before, await database.DumpAll());
    }

    [Fact]
    public async Task A_real_deadlock_with_other_work_is_survived()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await database.Execute($"ALTER DATABASE \"{Name(database)}\" SET deadlock_timeout = '400ms'");
        await using var other = new NpgsqlConnection(database.ConnectionString + ";Pooling=false");
        await other.OpenAsync();
        // Whoever finds the deadlock is its victim: only the run looks.
        await On(other, "SET deadlock_timeout = '1h'; BEGIN; SELECT FROM members WHERE user_id = 27 FOR UPDATE; SAVEPOINT here");
        using var run = CliProcess.Start(
            folder.Path, ["extend", "--expires-on", database.Day(Rows.MostEndIn), "--to", database.Day(300), "--yes", "--undo-file", "file", "--gitlab-db", CliProcess.Address(database.ConnectionString)]);
        // Several times, since the run gives a lock up after half a second, whether it has looked by then or not.
        for (var time = 0; time < 5; time++)
        {
            await Eventually.True(
                async () => (await database.Column("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'patrol' AND wait_event_type = 'Lock'")).Count > 0, "the run waits");
            await On(other, $"UPDATE personal_access_tokens SET last_used_at = now() WHERE id = {Rows.BotWhoseMembershipEndsWithIt}; ROLLBACK TO here");
        }
        await On(other, "ROLLBACK");
        Assert.Contains("Updated 20 tokens", (await run.End()).Errors, StringComparison.Ordinal);
        Assert.Equal(2, (await File.ReadAllLinesAsync(folder["file"])).Length);
        await Eventually.True(async () => (await database.Column("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")).Single() != "0", "the server has counted a deadlock");

        static async Task On(NpgsqlConnection connection, string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }
    }

    [Fact]
    public async Task On_a_terminal_a_bar_shows_how_far_it_is_how_fast_and_how_long_still()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await using var held = await HeldBatch.In(database);
        await using var terminal = TerminalSession.Start(folder.Path, [.. Arguments(database), "--undo-file", "file"]);
        await held.Reached();
        var line = await terminal.Until("1,000 of 1,078");
        Assert.Contains("Updating tokens", line, StringComparison.Ordinal);
        Assert.Matches(@"^ +[\d,]+/s +(--|\d\d):$", await terminal.Until(":"));
        await held.DisposeAsync();
        await terminal.Until("Updated 1078 tokens");
        Assert.Equal(0, (await terminal.End()).ExitCode);
    }

    [Fact]
    public async Task A_deadlock_that_never_ends_ends_the_run()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await database.Execute(
            """
            CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE deadlock_detected; END $$;
            CREATE TRIGGER fails BEFORE UPDATE ON personal_access_tokens FOR EACH ROW WHEN (NEW.id = 2090) EXECUTE FUNCTION fail();
            """);
        var run = await Extend(database, "--undo-file", "file");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("Other work on the same rows was in the way, several times", run.Errors, StringComparison.Ordinal);
        Assert.Contains("Run the same command again. Updated 1000 tokens", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slow_server_gets_smaller_batches_and_its_short_statement_timeout_is_no_obstacle()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await database.Execute(
            $"""
            CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.002); RETURN NEW; END $$;
            CREATE TRIGGER slow BEFORE UPDATE ON personal_access_tokens FOR EACH ROW EXECUTE FUNCTION slow();
            ALTER DATABASE "{Name(database)}" SET statement_timeout = '200ms';
            """);
        Assert.Contains("Updated 1078 tokens", (await Extend(database)).Errors, StringComparison.Ordinal);
        var transactions = await database.Column($"SELECT count(DISTINCT xmin::text) FROM personal_access_tokens WHERE expires_at = '{database.Day(300)}'");
        Assert.True(int.Parse(transactions.Single()!) > 2, $"{transactions.Single()} batches");
    }

    [Fact]
    public async Task Two_runs_at_once_share_the_work_and_both_are_undone()
    {
        var database = await GitLabDatabase.New(Generation.V18_6);
        var before = await database.DumpAll();
        var runs = await Task.WhenAll(Extend(database, "--undo-file", "first"), Extend(database, "--undo-file", "second"));
        Assert.All(runs, run => Assert.True(run.ExitCode == 0, run.Errors));
        Assert.Equal(["1078"], await database.Column($"SELECT count(*) FROM personal_access_tokens WHERE expires_at = '{database.Day(300)}'"));
        foreach (var file in (string[])["first", "second"])
        {
            if (File.Exists(folder[file]))
                _ = (await Run(database, "undo", file, "--yes")).Good;
        }
        Assert.Equal(before, await database.DumpAll());
    }

    private static string Name(GitLabDatabase database) => new NpgsqlConnectionStringBuilder(database.ConnectionString).Database!;

    private static string[] Arguments(GitLabDatabase database) =>
        ["extend", "--expires-on", database.Day(Rows.BulkEndsIn), "--to", database.Day(300), "--yes", "--gitlab-db", CliProcess.Address(database.ConnectionString)];

    private Task<CliRun> Extend(GitLabDatabase database, params string[] more) => CliProcess.Run(folder.Path, [.. Arguments(database), .. more]);

    private Task<CliRun> Run(GitLabDatabase database, params string[] arguments) =>
        CliProcess.Run(folder.Path, [.. arguments, "--gitlab-db", CliProcess.Address(database.ConnectionString)]);
}
