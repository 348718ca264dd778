using Patrol.Tests.Kit;
using Patrol.Tests.Kit.GitLab;

namespace Patrol.Tests.Commands;

public sealed class ExtendTests
{
    [Theory, ClassData(typeof(Generations))]
    public async Task It_changes_what_GitLabs_script_changes_and_arms_the_reminders_again(Generation generation)
    {
        var database = await GitLabDatabase.New(generation);
        var old = database.Day(Rows.MostEndIn);
        var before = await database.Column("SELECT id FROM personal_access_tokens WHERE (revoked = FALSE OR revoked IS NULL) AND impersonation = FALSE AND expires_at = current_date + 30 ORDER BY id");
        var rest = await Rest(database, old);
        var run = await CliProcess.On(database, "extend", "--expires-on", old, "--to", database.Day(200), "--yes");
        Assert.Empty(run.Good);
        Assert.Contains($"Updated {before.Count} tokens with new expiry date {database.Day(200)}", run.Errors, StringComparison.Ordinal);
        Assert.Equal(before, await database.Column($"SELECT id FROM personal_access_tokens WHERE expires_at = '{database.Day(200)}' ORDER BY id"));
        Assert.Contains(Rows.OwnerBlocked.ToString(), before);
        Assert.Contains(Rows.RevokedIsNull.ToString(), before);
        // Nothing else moved, not even their updated_at.
        Assert.Equal(rest, await Rest(database, database.Day(200)));
        string[] marks = generation == Generation.V16_0
            ? ["NOT expire_notification_delivered", "NOT after_expiry_notification_delivered"]
            : ["NOT expire_notification_delivered", "NOT after_expiry_notification_delivered", "seven_days_notification_sent_at IS NULL", "thirty_days_notification_sent_at IS NULL", "sixty_days_notification_sent_at IS NULL"];
        Assert.Equal([before.Count.ToString()], await database.Column($"SELECT count(*) FROM personal_access_tokens WHERE expires_at = '{database.Day(200)}' AND {string.Join(" AND ", marks)}"));
    }

    [Theory, ClassData(typeof(Generations))]
    public async Task A_bots_membership_that_would_end_earlier_is_lifted_and_told(Generation generation)
    {
        var database = await GitLabDatabase.New(generation);
        var run = await CliProcess.On(database, "extend", "--expires-on", database.Day(Rows.MostEndIn), "--by", "1y", "--yes");
        Assert.Contains("and lifted 1 membership of a bot that would have ended earlier", run.Errors, StringComparison.Ordinal);
        Assert.Equal(["0"], await database.Column("SELECT count(*) FROM members WHERE expires_at IS NOT NULL"));
    }

    [Fact]
    public async Task A_membership_that_ends_later_and_a_persons_stay()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await database.Execute("UPDATE members SET expires_at = current_date + 300 WHERE user_id = 27; UPDATE members SET expires_at = current_date + 10 WHERE user_id = 2");
        var members = await database.Dump("members");
        var run = await CliProcess.On(database, "extend", "--expires-on", database.Day(Rows.MostEndIn), "--to", database.Day(250), "--yes");
        Assert.DoesNotContain("membership", run.Errors, StringComparison.Ordinal);
        Assert.Equal(members, await database.Dump("members"));
    }

    [Theory]
    [InlineData("2031-01-31", "1mo", "2031-02-28")]
    [InlineData("2028-02-29", "1y", "2029-02-28")]
    [InlineData("2031-03-31", "6.months", "2031-09-30")]
    [InlineData("2031-12-31", "1d", "2032-01-01")]
    public async Task A_span_counts_from_the_old_date_and_months_are_clamped(string old, string span, string expected)
    {
        var database = await GitLabDatabase.New(Generation.V18_6);
        await database.Execute($"UPDATE personal_access_tokens SET expires_at = '{old}' WHERE id = 11");
        _ = (await CliProcess.On(database, "extend", "--expires-on", old, "--by", span, "--yes")).Good;
        Assert.Equal([expected], await database.Column("SELECT expires_at FROM personal_access_tokens WHERE id = 11"));
    }

    [Fact]
    public async Task Filters_narrow_it()
    {
        var database = await GitLabDatabase.New(Generation.V18_6);
        string[] command = ["extend", "--expires-on", database.Day(Rows.MostEndIn), "--to", database.Day(201), "--yes"];
        _ = (await CliProcess.On(database, [.. command, "--kind", "group", "--kind", "service-account"])).Good;
        _ = (await CliProcess.On(database, [.. command, "--owner", "VETERAN", "--scope", "api", "--state", "active"])).Good;
        Assert.Equal(
            [Rows.ServiceAccount.ToString(), Rows.OwnerWithoutType.ToString(), Rows.BotOfGroup.ToString(), Rows.BotOfSubgroupWithoutMembership.ToString(), Rows.BotOfSubgroup.ToString()],
            await database.Column($"SELECT id FROM personal_access_tokens WHERE expires_at = '{database.Day(201)}' ORDER BY id"));
    }

    [Fact]
    public async Task A_dry_run_counts_and_touches_nothing()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        var before = await database.DumpAll();
        using var folder = new TemporaryFolder();
        // Looking needs no more than SELECT.
        string[] command = ["extend", "--expires-on", database.Day(Rows.MostEndIn), "--to", database.Day(200), "--dry-run", "--gitlab-db", CliProcess.Address(database.Reader)];
        var line = (await CliProcess.Run(folder.Path, command)).Line(0);
        Assert.StartsWith($"Would extend 20 tokens that expire on {database.Day(30)} to {database.Day(200)} and lift 1 membership of a bot", line, StringComparison.Ordinal);
        Assert.Equal(before, await database.DumpAll());
        Assert.Empty(System.IO.Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task Nothing_to_do_is_said_and_leaves_no_file()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        using var folder = new TemporaryFolder();
        string[] command = ["extend", "--expires-on", "2019-01-01", "--to", database.Day(200), "--yes", "--gitlab-db", CliProcess.Address(database.ConnectionString)];
        Assert.Equal("No such token expires on 2019-01-01: nothing to do.", (await CliProcess.Run(folder.Path, command)).Line(0));
        Assert.Empty(System.IO.Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task Removing_takes_the_date_from_all_that_end_on_the_day_as_the_rake_task_does()
    {
        var database = await GitLabDatabase.New(Generation.V18_6);
        var day = database.Day(Rows.BulkEndsIn);
        var run = await CliProcess.On(database, "remove-expiry", "--expires-on", day, "--yes");
        Assert.Empty(run.Good);
        Assert.Contains("Updated 1100 tokens: they never expire now. To put back what was: patrol undo ", run.Errors, StringComparison.Ordinal);
        Assert.Equal(["0"], await database.Column($"SELECT count(*) FROM personal_access_tokens WHERE expires_at = '{day}'"));
        Assert.Equal(["1100"], await database.Column($"SELECT count(*) FROM personal_access_tokens WHERE id BETWEEN {Rows.BulkFirst} AND {Rows.BulkLast} AND expires_at IS NULL"));
    }

    // Everything of the tokens that a change may not touch.
    private static Task<List<string?>> Rest(GitLabDatabase database, string without) => database.Column(
        $"""
        SELECT (to_jsonb(t) - '{"{expires_at,expire_notification_delivered,after_expiry_notification_delivered,seven_days_notification_sent_at,thirty_days_notification_sent_at,sixty_days_notification_sent_at}"}'::text[])::text
            || CASE WHEN expires_at = '{without}' AND impersonation = FALSE AND revoked IS DISTINCT FROM TRUE THEN '' ELSE t::text END
        FROM (SELECT * FROM personal_access_tokens ORDER BY id) t
        """);
}
