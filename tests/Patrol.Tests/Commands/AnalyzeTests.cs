using System.Text.Json;
using Patrol.Tests.Kit;
using Patrol.Tests.Kit.GitLab;

namespace Patrol.Tests.Commands;

public sealed class AnalyzeTests
{
    [Theory, ClassData(typeof(Generations))]
    public async Task Lines_are_the_rake_tasks_bytes(Generation generation)
    {
        var database = await GitLabDatabase.New(generation);
        // The table of the rake task's documentation, with ties, with days that have none, and one that is counted in millions.
        await database.Execute(
            """
            DELETE FROM personal_access_tokens;
            INSERT INTO personal_access_tokens (user_id, name, expires_at, created_at, updated_at, revoked, impersonation, scopes)
            SELECT 2, 'x', day::date, '2025-01-01', '2025-01-01', n % 2 = 0, n % 3 = 0, '--- []'
            FROM (VALUES ('2024-06-15', 1200), (NULL, 12), ('2018-01-01', 12), ('2016-12-31', 12), ('2017-12-31', 40), ('2017-08-31', 9), ('2017-06-30', 8),
                  ('2017-05-31', 7), ('2017-09-30', 6), ('2017-07-31', 5), ('2017-07-30', 4)) AS days (day, tokens), generate_series(1, tokens) AS n
            """.Replace("scopes)", generation == Generation.V16_0 ? "scopes)" : "scopes, organization_id)").Replace("'--- []'", generation == Generation.V16_0 ? "'--- []'" : "'--- []', 1"));
        var expected = string.Join('\n',
            "======= Personal/Project/Group Access Token Expiration Migration =======",
            "Started at: 2023-06-15 10:20:35 +0000",
            "Finished  : 2023-06-15 10:23:01 +0000",
            "===== Top 10 Personal/Project/Group Access Token Expiration Dates =====",
            "| Expiration Date | Count |",
            "|-----------------|-------|",
            "| 2024-06-15      | 1200  |",
            "| 2017-12-31      | 40    |",
            "| (none)          | 12    |",
            "| 2018-01-01      | 12    |",
            "| 2016-12-31      | 12    |",
            "| 2017-08-31      | 9     |",
            "| 2017-06-30      | 8     |",
            "| 2017-05-31      | 7     |",
            "| 2017-09-30      | 6     |",
            "| 2017-07-31      | 5     |",
            "========================================================================",
            "");
        Assert.Equal(expected, (await CliProcess.On(database, "analyze")).Good);
        Assert.Equal(expected, (await CliProcess.On(database, "analyze", "--format", "lines")).Good);
    }

    [Theory]
    [InlineData("DELETE FROM batched_background_migrations", "Status: Not run")]
    [InlineData("DROP TABLE batched_background_migrations", "Status: Not run")]
    [InlineData("UPDATE batched_background_migrations SET finished_at = NULL", "Started at: 2023-06-15 10:20:35 +0000\nFinished  : ")]
    public async Task The_migrations_state_is_told_as_the_rake_task_tells_it(string change, string told)
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await database.Execute(change);
        var lines = (await CliProcess.On(database, "analyze")).Good.Split("\n=====")[0];
        Assert.EndsWith($" =======\n{told}", lines, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_and_csv_have_the_same_ten_counts()
    {
        var database = await GitLabDatabase.New(Generation.V18_6);
        using var json = JsonDocument.Parse((await CliProcess.On(database, "analyze", "--format", "json")).Good);
        var fromJson = json.RootElement.EnumerateArray().Select(day => $"{day.GetProperty("expires_at").GetString()},{day.GetProperty("count").GetInt64()}");
        var csv = (await CliProcess.On(database, "analyze", "--format", "csv")).Good.TrimEnd('\n').Split('\n');
        Assert.Equal("expires_at,count", csv[0]);
        Assert.Equal(10, csv.Length - 1);
        Assert.Equal(csv[1..], fromJson);
        Assert.Contains(",2", csv);
    }

    [Fact]
    public async Task A_short_statement_timeout_does_not_stop_it()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        // Counting waits for longer than the server would let it.
        await database.Execute(
            """
            ALTER TABLE personal_access_tokens RENAME TO slow;
            CREATE VIEW personal_access_tokens AS SELECT * FROM slow WHERE id <> 3 OR (SELECT TRUE FROM pg_sleep(0.5));
            """);
        using var folder = new TemporaryFolder();
        string[] command = ["analyze", "--gitlab-db", CliProcess.Address(database.ConnectionString)];
        var run = await CliProcess.Run(folder.Path, command, "", "PGOPTIONS=-c statement_timeout=200");
        Assert.Contains($"| {database.Day(Rows.BulkEndsIn)}      | 1100  |", run.Good, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_short_statement_timeout_stops_neither_the_catalog_nor_the_migration_block()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        // Each takes for longer than the server would let it: to_regclass once a table, the migration's row once.
        await database.Execute(
            """
            CREATE FUNCTION public.to_regclass(text) RETURNS regclass LANGUAGE sql STABLE AS 'SELECT pg_catalog.to_regclass($1) FROM pg_sleep(0.1)';
            ALTER TABLE batched_background_migrations RENAME TO slow;
            CREATE VIEW batched_background_migrations AS SELECT slow.* FROM slow, pg_sleep(0.8);
            DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', current_database()); END $$
            """);
        using var folder = new TemporaryFolder();
        string[] command = ["analyze", "--gitlab-db", CliProcess.Address(database.ConnectionString)];
        var run = await CliProcess.Run(folder.Path, command, "", "PGOPTIONS=-c statement_timeout=500");
        Assert.Contains("Started at: 2023-06-15 10:20:35 +0000", run.Good, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reading_needs_no_more_than_select()
    {
        var database = await GitLabDatabase.New(Generation.V18_6);
        using var folder = new TemporaryFolder();
        foreach (var command in (string[][])[["analyze"], ["find", "--expired"], ["dates"]])
            Assert.NotEmpty((await CliProcess.Run(folder.Path, [.. command, "--gitlab-db", CliProcess.Address(database.Reader)])).Good);
    }
}
