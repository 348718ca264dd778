using Patrol.Tests.Kit;
using Patrol.Tests.Kit.GitLab;

namespace Patrol.Tests.Commands;

/// <summary>Changes that end half way: the process is killed, somebody presses Ctrl-C, the server goes away.</summary>
public sealed class BrokenOffTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory, ClassData(typeof(Generations))]
    public async Task What_a_killed_extend_did_is_undone(Generation generation)
    {
        var database = await GitLabDatabase.New(generation);
        var before = await database.DumpAll();
        await Kill(database, "extend", "--expires-on", database.Day(Rows.BulkEndsIn), "--to", database.Day(300), "--yes", "--undo-file", "first");
        Assert.Equal(["1000"], await Extended(database));
        Assert.Equal("Put back 1000 tokens; 78 tokens are as before already.", (await Run(database, "undo", "first", "--yes")).Line(0));
        Assert.Equal(before, await database.DumpAll());
    }

    [Fact]
    public async Task The_next_run_finishes_what_a_killed_one_began_and_both_are_undone()
    {
        var database = await GitLabDatabase.New(Generation.V18_6);
        var before = await database.DumpAll();
        string[] command = ["extend", "--expires-on", database.Day(Rows.BulkEndsIn), "--to", database.Day(300), "--yes", "--undo-file"];
        await Kill(database, [.. command, "first"]);
        Assert.Contains("Updated 78 tokens", (await Run(database, [.. command, "second"])).Errors, StringComparison.Ordinal);
        Assert.Equal(["1078"], await Extended(database));
        Assert.Equal(0, (await Run(database, "undo", "second", "--yes")).ExitCode);
        Assert.Equal(0, (await Run(database, "undo", "first", "--yes")).ExitCode);
        Assert.Equal(before, await database.DumpAll());
    }

    [Fact]
    public async Task A_killed_undo_is_finished_by_the_next()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        var before = await database.DumpAll();
        _ = (await Run(database, "remove-expiry", "--expires-on", database.Day(Rows.BulkEndsIn), "--yes", "--undo-file", "file")).Good;
        // Undone from the last batch to the first: this is the first that it comes to, in the batch of 100.
        await Kill(database, "undo", "file", "--yes");
        Assert.Equal(["1100"], await database.Column("SELECT count(*) FROM personal_access_tokens WHERE id > 1000 AND expires_at IS NULL AND id <= 2100"));
        Assert.Equal("Put back 1100 tokens.", (await Run(database, "undo", "file", "--yes")).Line(0));
        Assert.Equal(before, await database.DumpAll());
    }

    [Fact]
    public async Task A_line_that_was_being_written_when_the_program_died_counts_for_nothing()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        var before = await database.DumpAll();
        _ = (await Run(database, "remove-expiry", "--expires-on", database.Day(Rows.BulkEndsIn), "--yes", "--undo-file", "file")).Good;
        await File.AppendAllTextAsync(folder["file"], "{\"tokens\":[{\"ids\":\"1-");
        Assert.Equal("Put back 1100 tokens.", (await Run(database, "undo", "file", "--yes")).Line(0));
        Assert.Equal(before, await database.DumpAll());
    }

    [Fact]
    public async Task Interrupted_it_says_where_it_stands_and_the_next_run_finishes()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        var before = await database.DumpAll();
        string[] command = ["extend", "--expires-on", database.Day(Rows.BulkEndsIn), "--to", database.Day(300), "--yes", "--undo-file"];
        CliRun interrupted;
        await using (var held = await HeldBatch.In(database))
        {
            using var process = Start(database, [.. command, "first"]);
            await held.Reached();
            Signals.Send(process.Process, Signals.Interrupt);
            interrupted = await process.End();
        }
        Assert.Equal(130, interrupted.ExitCode);
        Assert.Contains("Interrupted. Run the same command again to finish. Updated 1000 tokens with new expiry date", interrupted.Errors, StringComparison.Ordinal);
        Assert.Contains($"To put back what was: patrol undo {folder["first"]}", interrupted.Errors, StringComparison.Ordinal);
        Assert.Equal(["1000"], await Extended(database));
        _ = (await Run(database, [.. command, "second"])).Good;
        Assert.Equal(["1078"], await Extended(database));
        _ = (await Run(database, "undo", "first", "--yes")).Good;
        _ = (await Run(database, "undo", "second", "--yes")).Good;
        Assert.Equal(before, await database.DumpAll());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_goes_away_leaves_what_can_be_finished_and_undone(bool atCommit)
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        var before = await database.DumpAll();
        string[] command = ["extend", "--expires-on", database.Day(Rows.BulkEndsIn), "--to", database.Day(300), "--yes", "--undo-file"];
        CliRun cut;
        await using (var held = await HeldBatch.In(database, atCommit))
        {
            using var process = Start(database, [.. command, "first"]);
            await held.Reached();
            await held.Disconnect();
            cut = await process.End();
        }
        Assert.Equal(3, cut.ExitCode);
        var line = cut.Errors.TrimEnd('\n').Split('\n')[^1];
        Assert.StartsWith("The database is not available:", line, StringComparison.Ordinal);
        Assert.Contains("run the same command again. Updated 1000 tokens", line, StringComparison.Ordinal);
        Assert.Equal(atCommit, line.Contains("The fate of 78 more, ids 2021 to 2099, is unknown; the undo file holds them, too.", StringComparison.Ordinal));
        Assert.Contains("Updated 78 tokens", (await Run(database, [.. command, "second"])).Errors, StringComparison.Ordinal);
        _ = (await Run(database, "undo", "second", "--yes")).Good;
        _ = (await Run(database, "undo", "first", "--yes")).Good;
        Assert.Equal(before, await database.DumpAll());
    }

    private async Task Kill(GitLabDatabase database, params string[] arguments)
    {
        await using var held = await HeldBatch.In(database);
        using var process = Start(database, arguments);
        await held.Reached();
        process.Process.Kill();
        Assert.Equal(137, (await process.End()).ExitCode);
    }

    private static Task<List<string?>> Extended(GitLabDatabase database) =>
        database.Column($"SELECT count(*) FROM personal_access_tokens WHERE expires_at = '{database.Day(300)}'");

    private CliProcess Start(GitLabDatabase database, params string[] arguments) =>
        CliProcess.Start(folder.Path, [.. arguments, "--gitlab-db", CliProcess.Address(database.ConnectionString)]);

    private async Task<CliRun> Run(GitLabDatabase database, params string[] arguments)
    {
        using var process = Start(database, arguments);
        return await process.End();
    }
}
