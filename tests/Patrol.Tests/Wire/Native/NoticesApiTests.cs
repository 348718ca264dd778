using System.Text.Json;
using Patrol.Core.Tokens;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire.Native;

/// <summary>What administrators can ask about jobs and notices.</summary>
public sealed class NoticesApiTests
{
    private const string Root = "/api/patrol/v1";

    [Theory, ClassData(typeof(Engines))]
    public async Task Jobs_are_listed_with_their_schedules_and_runs(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine, "-Datlassian.pats.expiry.check.schedule.cron='0 15 * * * ?'");
        await app.Settle();
        var jobs = (await app.Client().Get($"{Root}/jobs")).Body.EnumerateArray().ToDictionary(job => job.GetProperty("name").GetString()!);
        Assert.Equal(
            ["atlassian.expiry_check", "atlassian.pruning", "gitlab.expired_tokens", "gitlab.expiring_tokens", "gitlab.inactive_bots", "gitlab.maximum_lifetime", "patrol.retirement"],
            jobs.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("0 0 1 * * ?", "2026-11-23T01:00:00.000Z"), (jobs["gitlab.expiring_tokens"].GetProperty("schedule").GetString(), jobs["gitlab.expiring_tokens"].GetProperty("next_due_at").GetString()));
        Assert.Equal(("0 15 * * * ?", "2026-11-22T12:15:00.000Z"), (jobs["atlassian.expiry_check"].GetProperty("schedule").GetString(), jobs["atlassian.expiry_check"].GetProperty("next_due_at").GetString()));
        Assert.All(jobs.Values, job => Assert.Equal(0, job.GetProperty("runs").GetArrayLength()));

        await app.AddEndingToken(await app.AddUser(), "soon", "2026-11-27T00:00Z");
        await app.PassTo("2026-11-23T01:30Z");
        var run = (await app.Client().Get($"{Root}/jobs")).Body.EnumerateArray().Single(job => job.GetProperty("name").GetString() == "gitlab.expiring_tokens").GetProperty("runs").EnumerateArray().Single();
        Assert.Equal(("2026-11-23T01:00:00.000Z", "2026-11-23T01:30:00.000Z", "done", "1 people and 0 webhooks are told of 1 tokens", 1),
            (run.GetProperty("due_at").GetString(), run.GetProperty("started_at").GetString(), run.GetProperty("outcome").GetString(), run.GetProperty("detail").GetString(), run.GetProperty("attempts").GetInt32()));
        Assert.Equal(0, run.GetProperty("duration_ms").GetInt32());
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task The_preview_says_who_would_be_told_tonight_and_then_they_are(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        var user = await app.AddUser("ann");
        Assert.Equal(200, (await app.Client().Put($"users/{user}", new { preferred_language = "ja" })).Status);
        var project = await app.AddProject(await app.AddGroup());
        await app.AddMember($"projects/{project}", user, 40);
        await app.AddEndingToken(user, "in-a-week", "2026-11-30T00:00Z");
        await app.AddEndingToken(user, "in-a-month", "2026-12-23T00:00Z");
        await app.AddEndingToken(user, "ends-tonight", "2026-11-23T00:00Z");
        await app.AddEndingToken(user, "ends-tonight-too", "2026-11-23T01:10Z", dialect: TokenDialect.Atlassian);
        await app.AddEndingToken(user, "far", "2027-03-01T00:00Z");
        await app.AddEndingToken(await app.AddBotUser(isGroup: false, project), "shared", "2026-11-30T00:00Z", TokenKind.Project);
        await app.AddEndingToken(await app.AddBotUser(isGroup: false, 999), "of-nobody", "2026-11-30T00:00Z", TokenKind.Project);
        var preview = (await app.Client().Get($"{Root}/notices/preview")).Body;
        Assert.Equal("2026-11-23T02:00:00.000Z", preview.GetProperty("until").GetString());
        Assert.Equal(
            [
                "atlassian.expiry_check 0 ends-tonight-too",
                "atlassian.expiry_check 5 ends-tonight-too",
                "gitlab.expired_tokens 0 ends-tonight",
                "gitlab.expiring_tokens 30 in-a-month",
                "gitlab.expiring_tokens 7 ends-tonight,in-a-week,shared",
            ],
            Lines(preview, "ann"));
        Assert.Equal(["of-nobody"], preview.GetProperty("unheard").EnumerateArray().Select(token => token.GetProperty("name").GetString()));
        Assert.All(preview.GetProperty("items").EnumerateArray().Where(item => item.GetProperty("user").GetString() == "ann"), item =>
            Assert.Equal(("ja", "ann@example.org"), (item.GetProperty("language").GetString(), item.GetProperty("email").GetString())));
        Assert.Equal(0, await app.Count("SELECT (SELECT count(*) FROM notices) + (SELECT count(*) FROM outbox)"));

        await app.PassTo("2026-11-23T01:00Z");
        await app.PassTo("2026-11-23T02:00Z");
        Assert.Equal(5, app.TakeMails().Count);
        Assert.Empty(Lines((await app.Client().Get($"{Root}/notices/preview")).Body, "ann"));
    }

    [Fact]
    public async Task Only_administrators_may_ask()
    {
        await using var app = await PatrolApp.Start();
        var client = await app.As(await app.AddUser());
        Assert.Equal(403, (await client.Get($"{Root}/jobs")).Status);
        Assert.Equal(403, (await client.Get($"{Root}/notices/preview")).Status);
        Assert.Equal(400, (await app.Client().Get($"{Root}/notices/preview?page=0")).Status);
        Assert.Equal(400, (await app.Client().Get($"{Root}/notices/preview?who=ann")).Status);
    }

    private static List<string> Lines(JsonElement preview, string user) =>
    [
        .. preview.GetProperty("items").EnumerateArray().Where(item => item.GetProperty("user").GetString() == user).Select(item =>
            $"{item.GetProperty("job").GetString()} {item.GetProperty("within_days")} {string.Join(',', item.GetProperty("tokens").EnumerateArray().Select(token => token.GetProperty("name").GetString()).Order(StringComparer.Ordinal))}")
            .Order(StringComparer.Ordinal),
    ];
}
