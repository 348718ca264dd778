using Patrol.Tests.Kit;
using Patrol.Tests.Kit.GitLab;
using Patrol.Tests.Logs;

namespace Patrol.Tests.Commands;

/// <summary>Windows of 80 columns and less.</summary>
public sealed class NarrowWindowTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    // The heading with its hint has 83 characters.
    [Theory]
    [InlineData(150, 4)]
    [InlineData(83, 4)]
    [InlineData(80, 5)]
    [InlineData(40, 6)]
    public async Task A_menu_goes_up_as_many_lines_as_it_takes(int columns, int lines)
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await using var terminal = TerminalSession.On(database, folder, columns, "edit");
        await terminal.Answer("  3. Quit\n", TerminalSession.Down);
        await terminal.Answer("‣ 2. Remove expiration date\n", "3" + TerminalSession.Enter);
        Assert.Equal(0, (await terminal.End()).ExitCode);
        // The heading is short once a key was pressed.
        Assert.Equal([lines, 4, 4], terminal.WentUp);
    }

    [Theory]
    [InlineData(80, true, true)]
    [InlineData(60, true, true)]
    [InlineData(40, true, false)]
    [InlineData(30, false, false)]
    public async Task Dates_and_counts_are_never_wrapped(int columns, bool words, bool bars)
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await database.Execute(
            """
            ALTER TABLE personal_access_tokens RENAME TO few;
            CREATE VIEW personal_access_tokens AS SELECT few.* FROM few, generate_series(1, CASE WHEN id > 1000 THEN 1500 ELSE 1 END);
            """);
        await using var terminal = TerminalSession.On(database, folder, columns, "analyze");
        var (exitCode, shown) = await terminal.End();
        Assert.Equal(0, exitCode);
        var rows = shown.Split('\n').Where(line => line.StartsWith('│')).ToList();
        Assert.All(shown.Split('\n').Where(line => line.Length > 0 && "╭│├╰".Contains(line[0], StringComparison.Ordinal)), line => Assert.InRange(line.Length, 20, columns));
        var most = Assert.Single(rows, row => row.Contains("1,650,000", StringComparison.Ordinal));
        Assert.Contains(database.Day(Rows.BulkEndsIn), most, StringComparison.Ordinal);
        Assert.Equal((words, bars), (most.Contains("in 90 days", StringComparison.Ordinal), most.Contains('█', StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(150, true, true)]
    [InlineData(60, true, true)]
    [InlineData(40, true, false)]
    [InlineData(30, true, false)]
    [InlineData(20, false, false)]
    [InlineData(14, false, false)]
    public async Task Progress_takes_one_line_and_leaves_out_what_has_no_room(int columns, bool words, bool rate)
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await using var terminal = TerminalSession.On(database, folder, columns, $"extend --expires-on {database.Day(Rows.BulkEndsIn)} --by 1y --yes");
        var (exitCode, shown) = await terminal.End();
        Assert.Equal(0, exitCode);
        var lines = shown.Split('\n').Where(line => line.Contains(" of 1,0", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.Equal((words, rate), (line.Contains("Updating tokens", StringComparison.Ordinal), line.Contains("/s", StringComparison.Ordinal))));
        // A line above and one below; one fewer as it is cleared.
        Assert.All(terminal.WentUp, lines => Assert.InRange(lines, 1, 2));
    }

    [Theory]
    [InlineData(80)]
    [InlineData(40)]
    public async Task Failing_tokens_that_no_table_has_room_for_are_told_field_by_field(int columns)
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await File.WriteAllTextAsync(folder["api_json.log"], LogText.Expired.Replace("PersonalAccessToken/12", "PersonalAccessToken/4", StringComparison.Ordinal) + "\n");
        await using var terminal = TerminalSession.On(database, folder, columns, "logs api_json.log");
        var (exitCode, shown) = await terminal.End();
        Assert.Equal(0, exitCode);
        Assert.Contains("Token: PersonalAccessToken/4\nReason: token_expired\nRequests: 1\n", shown, StringComparison.Ordinal);
        Assert.Contains($"Whose: jane <jane@example.com>\nName: ended yesterday\nExpires: {database.Day(-1)} (expired)\n", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokens_that_no_table_has_room_for_are_told_line_by_line()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await using var terminal = TerminalSession.On(database, folder, 40, $"find --expires-on {database.Day(Rows.MostEndIn)}");
        var (exitCode, shown) = await terminal.End();
        Assert.Equal(0, exitCode);
        Assert.Contains("1 personal, active: revoked is null\n  jane <jane@example.com>; ", shown, StringComparison.Ordinal);
        Assert.Contains($", expires {database.Day(Rows.MostEndIn)}\n", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("│", shown, StringComparison.Ordinal);
    }
}
