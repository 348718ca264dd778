using System.Text.Json;
using Patrol.Tests.Kit;
using Patrol.Tests.Kit.GitLab;
using Patrol.Tests.Logs;

namespace Patrol.Tests.Commands;

public sealed class ShowTests
{
    [Theory]
    [InlineData(Rows.ScopesAreSymbols)]
    [InlineData(Rows.RevokedIsNull)]
    [InlineData(Rows.BotOfGroup)]
    [InlineData(Rows.ServiceAccount)]
    [InlineData(Rows.OwnerWithoutType)]
    [InlineData(Rows.EndsTomorrow)]
    public async Task A_good_token_works(long id)
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        Assert.EndsWith("\nIt works.\n", (await CliProcess.On(database, "show", $"{id}")).Good, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Rows.EndsToday, "it expired on {0}")]
    [InlineData(Rows.EndedYesterday, "it expired on {-1}")]
    [InlineData(Rows.Revoked, "it is revoked")]
    [InlineData(Rows.OwnerBlocked, "its owner blocked is blocked")]
    [InlineData(Rows.OwnerWaitsForApproval, "its owner pending is blocked pending approval")]
    [InlineData(Rows.OwnerDeactivated, "its owner deactivated is deactivated")]
    [InlineData(Rows.NoScope, "it has no scope")]
    [InlineData(Rows.BotOfSubgroupWithoutMembership, "its bot is a member of no project and no group")]
    public async Task What_gets_a_token_refused_is_said(long id, string why)
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        var expected = why.Replace("{0}", database.Day(0), StringComparison.Ordinal).Replace("{-1}", database.Day(-1), StringComparison.Ordinal);
        Assert.EndsWith($"\nIt is refused: {expected}.\n", (await CliProcess.On(database, "show", $"{id}")).Good, StringComparison.Ordinal);
        using var json = JsonDocument.Parse((await CliProcess.On(database, "show", $"{id}", "--format", "json")).Good);
        Assert.Equal(expected, json.RootElement.GetProperty("refused_because").EnumerateArray().Single().GetString());
        Assert.Equal(id, json.RootElement.GetProperty("id").GetInt64());
    }

    [Fact]
    public async Task Several_reasons_come_in_the_order_in_which_GitLab_looks()
    {
        var database = await GitLabDatabase.New(Generation.V18_6);
        await database.Execute("UPDATE personal_access_tokens SET revoked = TRUE, expires_at = '2020-02-02' WHERE id = 38; UPDATE members SET expires_at = '2020-01-01' WHERE user_id = 27");
        Assert.EndsWith(
            "\nIt is refused: it expired on 2020-02-02; it is revoked; its bot's membership ended on 2020-01-01.\n", (await CliProcess.On(database, "show", "38")).Good, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_owner_without_a_name_stops_no_run()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await database.Execute("UPDATE users SET username = NULL WHERE id IN (2, 20)");
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["api_json.log"], LogText.Expired.Replace("PersonalAccessToken/12", "PersonalAccessToken/4", StringComparison.Ordinal) + "\n");
        using var json = JsonDocument.Parse((await CliProcess.On(database, "show", "1", "--format", "json")).Good);
        Assert.Equal("", json.RootElement.GetProperty("owner").GetString());
        Assert.Contains("acme/app", (await CliProcess.On(database, "show", $"{Rows.BotSuccessor}", "--format", "json")).Good, StringComparison.Ordinal);
        Assert.Contains("ended yesterday", (await CliProcess.On(database, "logs", folder["api_json.log"], "--format", "json")).Good, StringComparison.Ordinal);
        Assert.Contains("\n1,personal,revoked is null,,jane@example.com,", (await CliProcess.On(database, "find", "--format", "csv")).Good, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_is_not_there_is_refused()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        Assert.Equal("There is no token with ID 4711.", (await CliProcess.On(database, "show", "4711")).Line(1));
        Assert.Equal("Say which token: an ID, or --token-stdin.", (await CliProcess.On(database, "show")).Line(2));
    }

    [Fact]
    public async Task On_a_terminal_a_name_cannot_paint()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        var sheet = (await CliProcess.On(database, "show", $"{Rows.NastyFirst}", "--format", "table")).Good;
        Assert.DoesNotContain("\u001b[31m", sheet, StringComparison.Ordinal);
        Assert.Contains(@"\u001b[31mred", sheet, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_that_is_typed_is_not_shown()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["secrets.json"], Rows.GitLabSecrets);
        await using var terminal = TerminalSession.On(database, folder, "show", "--token-stdin", "--gitlab-secrets", "secrets.json");
        await terminal.Answer("(it is not shown): ", "glpat-typed-on-a-terminal" + TerminalSession.Enter);
        var (code, after) = await terminal.End();
        Assert.Equal(1, code);
        Assert.StartsWith("\nNo token in ", after, StringComparison.Ordinal);
        Assert.DoesNotContain("glpat-typed", after, StringComparison.Ordinal);
    }
}
