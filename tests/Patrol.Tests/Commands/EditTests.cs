using Patrol.Tests.Kit;
using Patrol.Tests.Kit.GitLab;

namespace Patrol.Tests.Commands;

/// <summary>The rake task's dialogue on a pseudo-terminal.</summary>
public sealed class EditTests : IDisposable
{
    private const string Menu = """
        What do you want to do? (Press ↑/↓ arrow or 1-3 number to move and Enter to select)
        ‣ 1. Extend expiration date
          2. Remove expiration date
          3. Quit

        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Extending_is_the_rake_tasks_dialogue_word_for_word()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await using var terminal = TerminalSession.On(database, folder, "edit");
        var analysis = (await CliProcess.On(database, "analyze")).Good;
        Assert.Equal($"{analysis}\n{Menu}", await terminal.Answer("  3. Quit\n", TerminalSession.Enter));
        Assert.Equal(
            $"""
            What do you want to do? Extend expiration date
            Select an expiration date (Press ↑/↓/←/→ arrow to move and Enter to select)
            ‣ {database.Day(90)}
              {database.Day(30)}
              {database.Day(61)}
              {database.Day(180)}
              {database.Day(365)}
              {database.Day(125)}

            """,
            await terminal.Answer($"  {database.Day(125)}\n", TerminalSession.Enter));
        // A year is 365 days from the old date.
        Assert.Equal(
            $"Select an expiration date {database.Day(90)}\nWhat would you like the new expiration date to be? ({database.Day(455)}) ",
            await terminal.Answer($"({database.Day(455)}) ", TerminalSession.Enter));
        Assert.Equal(
            $"\n\nOld expiration date: {database.Day(90)}\nNew expiration date: {database.Day(455)}\nWARNING: This will now update 1100 token(s). Are you sure? (y/N) ",
            await terminal.Answer("(y/N) ", "y" + TerminalSession.Enter));
        Assert.Matches(
            $"""
            ^y
            Updating tokens\.\.\.
            Undo file: .*/patrol-edit-[0-9-]+\.undo
            Updating personal access tokens from ID 1001 to 2000\.\.\.
            Updating personal access tokens from ID 2001 to 2100\.\.\.
            Updated 1100 tokens!
            $
            """, await terminal.Until("Updated 1100 tokens!\n"));
        Assert.Equal(["1100"], await database.Column($"SELECT count(*) FROM personal_access_tokens WHERE expires_at = '{database.Day(455)}'"));
        await Quit(terminal);
        _ = (await CliProcess.Run(folder.Path, ["undo", System.IO.Directory.GetFiles(folder.Path, "*.undo").Single(), "--yes", "--gitlab-db", CliProcess.Address(database.ConnectionString)])).Good;
        Assert.Equal(["1100"], await database.Column($"SELECT count(*) FROM personal_access_tokens WHERE expires_at = '{database.Day(90)}'"));
    }

    [Fact]
    public async Task Removing_asks_once_and_takes_the_date_away()
    {
        var database = await GitLabDatabase.New(Generation.V18_6);
        await using var terminal = TerminalSession.On(database, folder, "edit");
        await terminal.Answer("  3. Quit\n", TerminalSession.Down);
        Assert.EndsWith("What do you want to do?\n  1. Extend expiration date\n‣ 2. Remove expiration date\n", await terminal.Answer("‣ 2. Remove expiration date\n", TerminalSession.Enter), StringComparison.Ordinal);
        await terminal.Answer("to select)\n", TerminalSession.Enter);
        Assert.EndsWith(
            $"\n\nWARNING: This will remove the expiration for tokens that expire on {database.Day(90)}.\nThis will affect 1100 tokens. Are you sure? (y/N) ",
            await terminal.Answer("(y/N) ", "y" + TerminalSession.Enter), StringComparison.Ordinal);
        Assert.DoesNotContain("Updating tokens", await terminal.Until("Updated 1100 tokens!\n"), StringComparison.Ordinal);
        Assert.Equal(["1100"], await database.Column("SELECT count(*) FROM personal_access_tokens WHERE id > 1000 AND expires_at IS NULL"));
        await Quit(terminal);
    }

    [Fact]
    public async Task No_is_answered_with_Aborting_and_everything_stays()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        var before = await database.DumpAll();
        await using var terminal = TerminalSession.On(database, folder, "edit");
        await terminal.Answer("  3. Quit\n", "1" + TerminalSession.Enter);
        await terminal.Answer("Select an expiration date (", TerminalSession.Down + TerminalSession.Enter);
        await terminal.Answer("to be? (", "1 May 2030" + TerminalSession.Enter);
        Assert.Contains($"\nOld expiration date: {database.Day(30)}\nNew expiration date: 2030-05-01\n", await terminal.Answer("(y/N) ", TerminalSession.Enter), StringComparison.Ordinal);
        await terminal.Until("Aborting!\n=======");
        await Quit(terminal);
        Assert.Equal(before, await database.DumpAll());
        Assert.Empty(System.IO.Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task The_last_entry_aborts_without_a_word()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await using var terminal = TerminalSession.On(database, folder, "edit");
        await terminal.Answer("  3. Quit\n", "2" + TerminalSession.Enter);
        await terminal.Answer("Select an expiration date (", string.Concat(Enumerable.Repeat(TerminalSession.Down, 12)));
        await terminal.Answer("‣ --> Abort\n", TerminalSession.Enter);
        Assert.EndsWith("Select an expiration date --> Abort\n=======", await terminal.Until("Abort\n======="), StringComparison.Ordinal);
        await Quit(terminal);
    }

    [Theory]
    [InlineData("someday", "Invalid date, aborting...")]
    [InlineData("2027-02-29", "Invalid date, aborting...")]
    [InlineData("05/06/2030", "Invalid date, aborting...")]
    [InlineData("2020-1-1", "2020-01-01 is not in the future: the tokens would stop working at once. Start with --force if that is meant.")]
    public async Task A_day_that_is_none_or_has_gone_leads_back_to_the_menu(string typed, string told)
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await using var terminal = TerminalSession.On(database, folder, "edit");
        await terminal.Answer("  3. Quit\n", TerminalSession.Enter);
        await terminal.Answer("Select an expiration date (", TerminalSession.Enter);
        await terminal.Answer("to be? (", typed + TerminalSession.Enter);
        await terminal.Until($"{told}\n=======");
        await Quit(terminal);
    }

    [Fact]
    public async Task Filters_narrow_table_menu_and_change_and_the_instances_lifetime_is_the_default()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await database.Execute("UPDATE application_settings SET max_personal_access_token_lifetime = 100");
        await using var terminal = TerminalSession.On(database, folder, "edit", "--owner", "service_account_deploy");
        Assert.Contains($"|-----------------|-------|\n| {database.Day(30)}      | 1     |\n=====", await terminal.Answer("  3. Quit\n", TerminalSession.Enter), StringComparison.Ordinal);
        Assert.EndsWith($"(Press ↑/↓ arrow to move and Enter to select)\n‣ {database.Day(30)}\n  --> Abort\n", await terminal.Answer("  --> Abort\n", TerminalSession.Enter), StringComparison.Ordinal);
        await terminal.Answer($"({database.Day(130)}) ", TerminalSession.Enter);
        await terminal.Answer("update 1 token(s). Are you sure? (y/N) ", "y" + TerminalSession.Enter);
        await terminal.Until("Updated 1 tokens!\n");
        await Quit(terminal);
        Assert.Equal([$"{Rows.ServiceAccount}"], await database.Column($"SELECT id FROM personal_access_tokens WHERE expires_at = '{database.Day(130)}'"));
    }

    [Fact]
    public async Task Interrupted_at_the_menu_it_ends_with_130()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await using var terminal = TerminalSession.On(database, folder, "edit");
        await terminal.Answer("  3. Quit\n", TerminalSession.Interrupt);
        Assert.Equal(130, (await terminal.End()).ExitCode);
    }

    [Fact]
    public async Task Without_a_terminal_it_names_the_commands_that_need_none()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        Assert.Equal("edit is a dialogue and needs a terminal: use extend or remove-expiry.", (await CliProcess.On(database, "edit")).Line(2));
    }

    [Theory]
    [InlineData("n", 0, "Aborting!")]
    [InlineData("", 0, "Aborting!")]
    [InlineData("y", 0, "Updated 20 tokens")]
    public async Task Other_changes_ask_on_a_terminal_too(string answer, int exitCode, string told)
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await using var terminal = TerminalSession.On(database, folder, "extend", "--expires-on", database.Day(30), "--to", database.Day(300));
        Assert.StartsWith(
            $"Extend 20 tokens that expire on {database.Day(30)} to {database.Day(300)} and lift 1 membership of a bot that would have ended earlier? (y/N) ",
            await terminal.Answer("(y/N) ", answer + TerminalSession.Enter), StringComparison.Ordinal);
        var (code, after) = await terminal.End();
        Assert.Equal(exitCode, code);
        Assert.Contains(told, after, StringComparison.Ordinal);
    }

    private static async Task Quit(TerminalSession terminal)
    {
        await terminal.Answer("to select)\n", "3" + TerminalSession.Enter);
        var (exitCode, after) = await terminal.End();
        Assert.Equal(0, exitCode);
        Assert.EndsWith("What do you want to do? Quit\n", after, StringComparison.Ordinal);
    }
}
