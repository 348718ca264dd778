using Patrol.Tests.Kit;
using Patrol.Tests.Kit.GitLab;

namespace Patrol.Tests.Sources;

/// <summary>Days that PostgreSQL has and .NET has not count as the last or first that it has, for everything that shows, counts or picks them.</summary>
public sealed class CalendarRangeTests : IDisposable
{
    private const string Last = "9999-12-31", First = "0001-01-01";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory, ClassData(typeof(Generations))]
    public async Task They_are_one_row_of_the_counts_and_are_found_by_its_day(Generation generation)
    {
        var database = await Odd(generation);
        var counts = (await CliProcess.On(database, "analyze")).Good;
        Assert.Contains($"| {Last}      | 4     |\n", counts, StringComparison.Ordinal);
        Assert.Contains($"| {First}      | 3     |\n", counts, StringComparison.Ordinal);
        Assert.Equal(2, counts.Split("9999").Length);
        Assert.Contains($"{Last},4\n", (await CliProcess.On(database, "dates", "--format", "csv")).Good, StringComparison.Ordinal);
        Assert.Equal(["1", "4", "5", "6"], await Ids(database, "--expires-on", Last));
        Assert.Equal(["7", "8", "9"], await Ids(database, "--expires-on", First));
        Assert.Equal(["7", "8", "9"], (await Ids(database, "--expired", "--owner", "jane")));
        Assert.Contains(Last, (await CliProcess.On(database, "show", "5", "--format", "json")).Good, StringComparison.Ordinal);
        Assert.Contains(First, (await CliProcess.On(database, "show", "8", "--format", "json")).Good, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Last, "extend --to 2031-05-01")]
    [InlineData(Last, "remove-expiry")]
    [InlineData(Last, "revoke")]
    [InlineData(First, "extend --to 9999-12-31")]
    public async Task They_are_changed_by_its_day_and_every_byte_comes_back(string day, string command)
    {
        var database = await Odd(Generation.V17_11);
        var before = await database.DumpAll();
        var words = command.Split(' ');
        var run = await CliProcess.On(database, [.. words, "--expires-on", day, "--yes", "--undo-file", folder["it.undo"]]);
        Assert.Contains(day == Last ? "4 tokens" : "3 tokens", run.Errors, StringComparison.Ordinal);
        _ = run.Good;
        if (command.EndsWith(Last, StringComparison.Ordinal))
            Assert.Equal(["4"], await database.Column("SELECT count(*) FROM personal_access_tokens WHERE expires_at::text = '9999-12-31' AND id < 10"));
        _ = (await CliProcess.On(database, "undo", folder["it.undo"], "--yes")).Good;
        Assert.Equal(before, await database.DumpAll());
    }

    [Fact]
    public async Task The_dialogue_changes_what_it_has_counted()
    {
        var database = await Odd(Generation.V17_11);
        await using var terminal = TerminalSession.On(database, folder, "edit", "--owner", "jane");
        await terminal.Answer("  3. Quit\n", TerminalSession.Enter);
        await terminal.Answer("Select an expiration date (", TerminalSession.Enter);
        Assert.Contains(Last, await terminal.Answer("to be? (", "2031-05-01" + TerminalSession.Enter), StringComparison.Ordinal);
        await terminal.Answer("update 4 token(s). Are you sure? (y/N) ", "y" + TerminalSession.Enter);
        await terminal.Until("Updated 4 tokens!\n");
    }

    [Fact]
    public async Task A_new_token_until_its_last_day_ends_on_that_day()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await File.WriteAllTextAsync(folder["secrets.json"], Rows.GitLabSecrets);
        _ = (await CliProcess.On(database, "create", "--user", "jane", "--name", "for ever", "--scope", "api", "--expires", Last, "--force", "--yes", "--gitlab-secrets", folder["secrets.json"], "--undo-file", folder["it.undo"])).Good;
        Assert.Equal([Last], await database.Column("SELECT expires_at FROM personal_access_tokens WHERE name = 'for ever'"));
    }

    private static async Task<GitLabDatabase> Odd(Generation generation)
    {
        var database = await GitLabDatabase.New(generation);
        await database.Execute(
            """
            UPDATE personal_access_tokens SET expires_at = '2031-02-03', user_id = 3;
            UPDATE personal_access_tokens SET user_id = 2, revoked = FALSE, impersonation = FALSE WHERE id < 10;
            UPDATE personal_access_tokens SET expires_at = '9999-12-31' WHERE id = 1;
            UPDATE personal_access_tokens SET expires_at = '12026-01-01', last_used_at = 'infinity' WHERE id = 4;
            UPDATE personal_access_tokens SET expires_at = 'infinity' WHERE id = 5;
            UPDATE personal_access_tokens SET expires_at = '20260-05-01', created_at = '12026-01-01' WHERE id = 6;
            UPDATE personal_access_tokens SET expires_at = '0001-01-01' WHERE id = 7;
            UPDATE personal_access_tokens SET expires_at = '0044-03-15 BC', created_at = '0044-03-15 BC' WHERE id = 8;
            UPDATE personal_access_tokens SET expires_at = '-infinity', last_used_at = '0044-03-15 BC' WHERE id = 9;
            """);
        return database;
    }

    private static async Task<IEnumerable<string>> Ids(GitLabDatabase database, params string[] filters) =>
        (await CliProcess.On(database, ["find", .. filters, "--format", "csv"])).Good.TrimEnd('\n').Split('\n').Skip(1).Select(line => line.Split(',')[0]);
}
