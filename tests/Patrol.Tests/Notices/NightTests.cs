using Microsoft.Extensions.DependencyInjection;
using Patrol.Core.Lifetimes;
using Patrol.Core.Notices;
using Patrol.Core.Tokens;
using Patrol.Server.Notices;
using Patrol.Server.Storage;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Notices;

/// <summary>Who is told in a night, and who is not.</summary>
public sealed class NightTests
{
    private const string Warned = "Your personal access tokens will expire in 7 days or less";
    private const string Shared = "Your resource access tokens will expire in 7 days or less";

    [Theory, ClassData(typeof(Engines))]
    public async Task One_mail_lists_all_of_a_persons_tokens_in_a_window_own_and_shared(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        var (user, name, project, bot) = await Maintainer(app);
        await app.AddEndingToken(user, "laptop", "2026-11-25T00:00Z");
        await app.AddEndingToken(user, "deploy", "2026-11-30T00:00Z");
        await app.AddEndingToken(user, "later", "2026-12-20T00:00Z");
        await app.AddEndingToken(bot, "pipeline-old", "2026-11-28T00:00Z", TokenKind.Project);
        await app.AddEndingToken(bot, "pipeline-new", "2027-05-01T00:00Z", TokenKind.Project);
        await app.PassTo("2026-11-23T01:00Z");
        var mails = app.TakeMails().OrderBy(mail => mail.Subject, StringComparer.Ordinal).ToList();
        Assert.Equal(["Your access tokens will expire in 7 days or less", "Your personal access tokens will expire in 30 days or less"], mails.Select(mail => mail.Subject));
        Assert.All(mails, mail => Assert.Equal($"{name}@example.org", mail.To));
        foreach (var text in (string[])[mails[0].TextBody, mails[0].HtmlBody])
        {
            Assert.Contains("laptop", text, StringComparison.Ordinal);
            Assert.Contains("deploy", text, StringComparison.Ordinal);
            Assert.Contains($"pipeline-old of the project {(await app.Client().Get($"projects/{project}")).Body.GetProperty("path_with_namespace").GetString()}", text, StringComparison.Ordinal);
            // The right token is named, not the bot or its first one.
            Assert.DoesNotContain("pipeline-new", text, StringComparison.Ordinal);
        }
        await app.PassTo("2026-11-24T01:00Z");
        Assert.Empty(app.TakeMails());
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Owners_and_maintainers_of_a_project_are_told_inherited_ones_if_the_instance_says_so_and_owners_of_a_group(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        var group = await app.AddGroup();
        var project = await app.AddProject(group);
        var people = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (role, of, level) in ((string, string, int)[])
            [("group-owner", $"groups/{group}", 50), ("group-maintainer", $"groups/{group}", 40), ("group-developer", $"groups/{group}", 30),
             ("owner", $"projects/{project}", 50), ("maintainer", $"projects/{project}", 40), ("developer", $"projects/{project}", 30), ("blocked", $"projects/{project}", 40)])
        {
            people[role] = await app.AddUser(role);
            await app.AddMember(of, people[role], level);
        }
        Assert.Equal(201, (await app.Client().Post($"users/{people["blocked"]}/block")).Status);
        await app.AddEndingToken(await app.AddBotUser(false, project), "of-project", "2026-11-27T00:00Z", TokenKind.Project);
        await app.PassTo("2026-11-23T01:00Z");
        Assert.Equal(["group-maintainer", "group-owner", "maintainer", "owner"], Told(app, Shared));

        await app.AddEndingToken(await app.AddBotUser(true, group), "of-group", "2026-11-27T00:00Z", TokenKind.Group);
        Assert.Equal(200, (await app.Client().Put("application/settings", new { resource_access_token_notify_inherited = false })).Status);
        await app.AddEndingToken(await app.AddBotUser(false, project), "of-project-too", "2026-11-27T00:00Z", TokenKind.Project);
        await app.PassTo("2026-11-24T01:00Z");
        Assert.Equal(["group-owner", "maintainer", "owner"], Told(app, Shared));
        await app.PassTo("2026-11-27T02:00Z");
        Assert.Equal(["group-owner", "maintainer", "owner"], Told(app, "Your resource access tokens have expired"));
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Whoever_owns_a_personal_project_is_told_of_its_tokens(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        var user = await app.AddUser("single");
        var (status, body) = await (await app.As(user)).Post("projects", new { path = "mine" });
        Assert.Equal((201, ""), (status, status == 201 ? "" : body.ToString()));
        await app.AddEndingToken(await app.AddBotUser(false, body.Id()), "of-mine", "2026-11-27T00:00Z", TokenKind.Project);
        await app.PassTo("2026-11-23T01:00Z");
        Assert.Equal(["single"], Told(app, Shared));
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Impersonation_tokens_revoked_ones_and_the_blocked_are_not_spoken_of(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        var user = await app.AddUser("quiet");
        var blocked = await app.AddUser("blocked");
        await app.AddEndingToken(user, "impersonation", "2026-11-27T00:00Z", TokenKind.Impersonation);
        var revoked = await app.AddEndingToken(user, "revoked", "2026-11-27T00:00Z");
        await app.Revoke(revoked);
        await app.AddEndingToken(blocked, "of-the-blocked", "2026-11-27T00:00Z");
        Assert.Equal(201, (await app.Client().Post($"users/{blocked}/block")).Status);
        await app.PassTo("2026-11-23T02:00Z");
        Assert.Empty(app.TakeMails());
        // They have not been told, so that they are when they are let in again.
        Assert.Equal(201, (await app.Client().Post($"users/{blocked}/unblock")).Status);
        await app.PassTo("2026-11-24T02:00Z");
        Assert.Equal(["blocked"], Told(app, Warned));
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task A_token_whose_date_is_extended_is_warned_of_again(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        var user = await app.AddUser("renewed");
        await app.AddEndingToken(user, "again", "2026-11-27T00:00Z");
        await app.PassTo("2026-11-23T01:00Z");
        Assert.Equal(["renewed"], Told(app, Warned));
        Assert.Equal(200, (await app.Client().Post("/api/patrol/v1/tokens/bulk", new { action = "extend", to = "2026-12-10", filter = new { owner = "renewed" } })).Status);
        await app.PassTo("2026-11-27T03:00Z");
        Assert.Equal(["Your personal access tokens will expire in 30 days or less"], app.TakeSubjects("renewed"));
        await app.PassTo("2026-12-03T01:00Z");
        Assert.Equal(["renewed"], Told(app, Warned));
        await app.PassTo("2026-12-10T02:00Z");
        Assert.Equal(["Your personal access tokens have expired"], app.TakeSubjects("renewed"));
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Atlassians_check_tells_hourly_and_not_at_all_when_mails_are_switched_off(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        var user = await app.AddUser("jira");
        await app.AddEndingToken(user, "scripts", "2026-11-27T14:30Z", dialect: TokenDialect.Atlassian);
        await app.PassTo("2026-11-22T14:00Z");
        Assert.Empty(app.TakeMails());
        await app.PassTo("2026-11-22T15:00Z");
        Assert.Equal(["Your personal access tokens will expire in 5 days or less"], app.TakeSubjects("jira"));
        await app.PassTo("2026-11-27T14:00Z");
        Assert.Empty(app.TakeMails());
        await app.PassTo("2026-11-27T15:00Z");
        Assert.Equal(["Your personal access tokens have expired"], app.TakeSubjects("jira"));
        Assert.Equal(200, (await app.Client().Put("application/settings", new Dictionary<string, object> { ["atlassian.pats.mail.notifications.enabled"] = false })).Status);
        await app.AddEndingToken(user, "unspoken", "2026-11-28T14:30Z", dialect: TokenDialect.Atlassian);
        await app.PassTo("2026-11-29T14:30Z");
        Assert.Empty(app.TakeMails());
    }

    [Fact]
    public async Task Two_servers_that_tell_at_the_same_moment_tell_everybody_once()
    {
        await using var app = await PatrolApp.Start(Engine.PostgreSql);
        await using var other = await PatrolApp.Start(
            $"--database={((PostgresDatabase)app.Store()).ConnectionString}", $"--secret-file={Path.Combine(app.DataFolder, "secret")}");
        for (var i = 0; i < 30; i++)
        {
            var user = await app.AddUser();
            for (var j = 0; j < 100; j++)
                await app.AddEndingToken(user, $"token-{i}-{j}", "2026-11-27T00:00Z");
        }
        var now = app.Clock.GetUtcNow();
        await Task.WhenAll(((PatrolApp[])[app, other]).Select(one => Task.Run(() => one.Services.GetRequiredService<TellOwed>().Handle(
            NoticePolicy.GitLabWarnings(NoticePolicy.GitLabDays), TokenDialect.GitLab, now, now, CancellationToken.None))));
        await Task.WhenAll(app.Settle(), other.Settle());
        var mails = app.TakeMails().Concat(other.TakeMails()).ToList();
        Assert.Equal(3_000, mails.Sum(mail => mail.TextBody.Split("  - ").Length - 1));
        Assert.Equal(3_000, await app.Count("SELECT count(*) FROM notices"));
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Bots_all_of_whose_tokens_have_been_inactive_for_thirty_days_are_removed(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        var project = await app.AddProject();
        async Task<long> Bot(params string?[] ends)
        {
            var bot = await app.AddBotUser(isGroup: false, project);
            foreach (var end in ends)
                await app.AddEndingToken(bot, "of-bot", end, TokenKind.Project);
            return bot;
        }

        var (none, expired, mixed, eternal) = (await Bot(), await Bot("2026-11-23T00:00Z", "2026-11-24T00:00Z"), await Bot("2026-11-23T00:00Z", "2026-12-20T00:00Z"), await Bot((string?)null));
        await app.PassTo("2026-12-24T00:00Z");
        Assert.Equal([expired, mixed, eternal], await Left(app, none, expired, mixed, eternal));
        await app.PassTo("2026-12-25T00:00Z");
        Assert.Equal([mixed, eternal], await Left(app, none, expired, mixed, eternal));
        await app.PassTo("2027-01-20T00:00Z");
        Assert.Equal([eternal], await Left(app, none, expired, mixed, eternal));
        Assert.Equal(3, await app.Count("SELECT count(*) FROM audit WHERE action = 'user.delete'"));
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Atlassians_expired_tokens_are_pruned_after_the_delay_and_GitLabs_never(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine == Engine.PostgreSql
            ? [$"--database={await (await SharedPostgres.Get()).NewDatabase()}", "-Datlassian.pats.pruning.delay.days=10"]
            : ["-Datlassian.pats.pruning.delay.days=10"]);
        var user = await app.AddUser();
        var old = await app.AddEndingToken(user, "old", "2026-11-23T10:00Z", dialect: TokenDialect.Atlassian);
        var younger = await app.AddEndingToken(user, "younger", "2026-11-24T10:00Z", dialect: TokenDialect.Atlassian);
        var eternal = await app.AddEndingToken(user, "eternal", null, dialect: TokenDialect.Atlassian);
        var gitLab = await app.AddEndingToken(user, "gitlab", "2026-11-23T00:00Z");
        // Midnight of the machine's zone comes within a day, wherever that is.
        await app.PassTo("2026-12-03T09:59Z");
        Assert.Equal([old.Id, younger.Id, eternal.Id, gitLab.Id], await app.Rows<long>("SELECT id FROM tokens WHERE id > 1 ORDER BY id"));
        await app.PassTo("2026-12-04T09:59Z");
        Assert.Equal([younger.Id, eternal.Id, gitLab.Id], await app.Rows<long>("SELECT id FROM tokens WHERE id > 1 ORDER BY id"));
        await app.PassTo("2027-06-01T00:00Z");
        Assert.Equal([eternal.Id, gitLab.Id], await app.Rows<long>("SELECT id FROM tokens WHERE id > 1 ORDER BY id"));
    }

    [Fact]
    public async Task The_windows_of_warnings_can_be_set()
    {
        await using var app = await PatrolApp.Start("--Patrol:WarningDays=14,3");
        await app.AddEndingToken(await app.AddUser("often"), "windows", "2026-12-10T00:00Z");
        var told = new List<string>();
        for (var day = new DateOnly(2026, 11, 23); day < new DateOnly(2026, 12, 11); day = day.AddDays(1))
        {
            await app.PassTo(UtcDay.Start(day).AddHours(2));
            told.AddRange(app.TakeSubjects("often").Select(subject => $"{day:MM-dd} {subject}"));
        }
        Assert.Equal(
            ["11-26 Your personal access tokens will expire in 14 days or less", "12-07 Your personal access tokens will expire in 3 days or less", "12-10 Your personal access tokens have expired"],
            told);
    }

    [Fact]
    public async Task The_windows_of_warnings_are_changed_while_the_server_runs_and_put_back()
    {
        await using var app = await PatrolApp.Start("--Patrol:WarningDays=14,3");
        Assert.Equal("20,10", (await app.Client().Put("application/settings", new { expiry_warning_days = "20, 10" })).Body.GetProperty("expiry_warning_days").GetString());
        await app.AddEndingToken(await app.AddUser("often"), "windows", "2026-12-10T00:00Z");
        await app.PassTo("2026-11-23T02:00Z");
        Assert.Equal(["Your personal access tokens will expire in 20 days or less"], app.TakeSubjects("often"));
        Assert.Equal("14,3", (await app.Client().Put("application/settings", new { expiry_warning_days = (string?)null })).Body.GetProperty("expiry_warning_days").GetString());
    }

    private static async Task<(long User, string Name, long Project, long Bot)> Maintainer(PatrolApp app)
    {
        var name = DirectoryKit.Name("maintainer");
        var user = await app.AddUser(name);
        var project = await app.AddProject();
        await app.AddMember($"projects/{project}", user, 40);
        return (user, name, project, await app.AddBotUser(isGroup: false, project));
    }

    private static async Task<List<long>> Left(PatrolApp app, params long[] ids) =>
        await app.Rows<long>($"SELECT id FROM users WHERE id IN ({string.Join(',', ids)}) ORDER BY id");

    private static List<string> Told(PatrolApp app, string subject) =>
        [.. app.TakeMails().Where(mail => mail.Subject == subject).Select(mail => mail.To.Split('@')[0]).Order(StringComparer.Ordinal)];
}
