using System.Text.Json;
using System.Text.RegularExpressions;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire.Atlassian;

public sealed partial class TokensApiTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private readonly PatrolApp app = shared.App;

    [Theory, ClassData(typeof(Engines))]
    public async Task A_token_is_made_listed_shown_used_and_revoked(Engine engine)
    {
        await using var server = await PatrolApp.Start(engine);
        using var root = server.Basic();
        var (status, made) = await root.Post(AtlassianKit.Tokens, new { name = " deploy ", expirationDuration = 90 });
        Assert.Equal(201, status);
        Assert.Equal(["createdAt", "expiringAt", "id", "lastAccessedAt", "name", "rawToken", "state"], made.Keys());
        Assert.Equal("deploy", made.GetProperty("name").GetString());
        Assert.Equal("2026-11-22T12:00:00.000Z", made.GetProperty("createdAt").GetString());
        Assert.Equal("2027-02-20T12:00:00.000Z", made.GetProperty("expiringAt").GetString());
        var text = made.GetProperty("rawToken").GetString()!;
        Assert.Matches(Form(), text);

        using var bearer = server.Bearer(text);
        var (_, list) = await bearer.Get(AtlassianKit.Tokens);
        Assert.Equal(JsonValueKind.Array, list.ValueKind);
        Assert.Equal(made.Id(), list[0].Id());
        Assert.Equal(["createdAt", "expiringAt", "id", "lastAccessedAt", "name", "state"], list[0].Keys());
        Assert.Equal(list[0].ToString(), (await bearer.Get($"{AtlassianKit.Tokens}/{made.Id()}")).Body.ToString());

        var gone = await bearer.Ask(HttpMethod.Delete, $"{AtlassianKit.Tokens}/{made.Id()}", RawAnswers.Body(""));
        Assert.Equal((204, ""), (gone.Status, gone.Body));
        (await bearer.Ask("api/2/myself")).AssertError(401);
        Assert.Equal(0, (await root.Get(AtlassianKit.Tokens)).Body.GetArrayLength());
        (await root.Ask($"{AtlassianKit.Tokens}/{made.Id()}")).AssertError(404);
        (await root.Ask(HttpMethod.Delete, $"{AtlassianKit.Tokens}/{made.Id()}")).AssertError(404);
    }

    [Theory]
    [InlineData("", "pat/latest/tokens")]
    [InlineData("", "pat/1.0/tokens")]
    [InlineData("/jira", "pat/latest/tokens")]
    [InlineData("/jira", "pat/1.0/tokens")]
    [InlineData("/confluence", "pat/latest/tokens")]
    [InlineData("/confluence", "pat/1.0/tokens")]
    public async Task The_API_is_the_same_below_every_context_and_version(string context, string path)
    {
        await using var server = await PatrolApp.Start();
        using var client = server.Rest(context);
        client.DefaultRequestHeaders.Authorization = AtlassianKit.BasicOf("root", AtlassianKit.RootPassword);
        var (status, made) = await client.Post(path, new { name = "x" });
        Assert.Equal(201, status);
        Assert.Equal(1, (await client.Get(path)).Body.GetArrayLength());
        Assert.Equal(200, (await client.Get($"{path}/{made.Id()}")).Status);
        Assert.Equal(1, (await client.Post($"{path}/search", new { })).Body.GetProperty("total").GetInt64());
        Assert.Equal(200, (await client.Post($"{path}/revoke", new { ids = (long[])[] })).Status);
        Assert.Equal(204, (await client.Delete($"{path}/{made.Id()}")).Status);
    }

    [Fact]
    public async Task A_token_without_duration_is_shown_as_ending_in_the_year_9999_and_never_ends()
    {
        await using var server = await PatrolApp.Start();
        var (id, text) = await server.Basic().NewPat();
        var (_, shown) = await server.Bearer(text).Get($"{AtlassianKit.Tokens}/{id}");
        Assert.Equal("9999-12-31T00:00:00.000Z", shown.GetProperty("expiringAt").GetString());
        server.Clock.Advance(TimeSpan.FromDays(20_000));
        Assert.Equal(200, (await server.Bearer(text).Get("api/2/myself")).Status);
    }

    [Fact]
    public async Task A_token_ends_to_the_millisecond_and_stays_in_the_list_as_expired()
    {
        await using var server = await PatrolApp.Start();
        var (id, text) = await server.Basic().NewPat(days: 6);
        async Task<string?> State() => (await server.Basic().Get($"{AtlassianKit.Tokens}/{id}")).Body.GetProperty("state").GetString();
        Assert.Equal("ACTIVE", await State());
        server.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal("EXPIRES SOON", await State());
        server.Clock.Advance(TimeSpan.FromDays(5) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(200, (await server.Bearer(text).Get("api/2/myself")).Status);
        server.Clock.Advance(TimeSpan.FromMilliseconds(1));
        (await server.Bearer(text).Ask("api/2/myself")).AssertError(401);
        Assert.Equal("EXPIRED", await State());
    }

    [Theory]
    [InlineData("{}", "name must not be empty")]
    [InlineData("{\"name\":null}", "name must not be empty")]
    [InlineData("{\"name\":\"  \"}", "name must not be empty")]
    [InlineData("{\"name\":7}", "name has a value of the wrong type")]
    [InlineData("{\"name\":\"a\\u0000b\"}", "name")]
    [InlineData("{\"name\":\"x\",\"expirationDuration\":0}", "expirationDuration must be between 1 and 365 days")]
    [InlineData("{\"name\":\"x\",\"expirationDuration\":-1}", "expirationDuration must be between 1 and 365 days")]
    [InlineData("{\"name\":\"x\",\"expirationDuration\":366}", "expirationDuration must be between 1 and 365 days")]
    [InlineData("{\"name\":\"x\",\"expirationDuration\":9223372036854775807}", "expirationDuration must be between 1 and 365 days")]
    [InlineData("{\"name\":\"x\",\"expirationDuration\":9223372036854775808}", "expirationDuration has a value of the wrong type")]
    [InlineData("{\"name\":\"x\",\"expirationDuration\":1.5}", "expirationDuration has a value of the wrong type")]
    [InlineData("{\"name\":\"x\",\"expirationDuration\":\"soon\"}", "expirationDuration has a value of the wrong type")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("null", "not a JSON object")]
    [InlineData("", "not a JSON object")]
    [InlineData("{\"name\":", "not a JSON object")]
    [InlineData("{\"name\":\"a\",\"expirationDuration\":9", "not a JSON object")]
    public async Task What_no_token_can_be_is_refused_with_the_reason(string body, string reason)
    {
        var answer = await app.Basic().Ask(HttpMethod.Post, AtlassianKit.Tokens, RawAnswers.Body(body));
        Assert.Contains(reason, answer.AssertError(400), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_are_counted_in_characters_as_people_count_them_and_may_repeat()
    {
        await using var server = await PatrolApp.Start();
        using var root = server.Basic();
        var longest = string.Concat(Enumerable.Repeat("\U0001F511", 40));
        Assert.Equal(longest, (await root.Post(AtlassianKit.Tokens, new { name = longest })).Body.GetProperty("name").GetString());
        await root.NewPat(longest);
        Assert.Contains("40", (await root.Ask(HttpMethod.Post, AtlassianKit.Tokens, RawAnswers.Body($"{{\"name\":\"{longest}x\"}}"))).AssertError(400), StringComparison.Ordinal);
        // As Jackson does, numbers in quotes are taken, and unknown fields overlooked.
        Assert.Equal(201, (await root.Post(AtlassianKit.Tokens, new { name = "x", expirationDuration = "30", other = 1 })).Status);
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Nobody_has_more_tokens_than_allowed_however_many_are_asked_for_at_once(Engine engine)
    {
        await using var server = await PatrolApp.Start(engine);
        var text = (await server.Basic().NewPat(days: 1)).Text;
        using var bearer = server.Bearer(text);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => bearer.Ask(HttpMethod.Post, AtlassianKit.Tokens, RawAnswers.Body("{\"name\":\"x\"}"))));
        Assert.Equal(9, answers.Count(answer => answer.Status == 201));
        Assert.All(answers.Where(answer => answer.Status != 201), answer => Assert.Equal("You can't create more than 10 tokens.", answer.AssertError(400)));
        // What has expired does not count, nor what was revoked.
        server.Clock.Advance(TimeSpan.FromDays(1));
        using var root = server.Basic();
        var (id, _) = await root.NewPat();
        Assert.Equal(400, (await root.Post(AtlassianKit.Tokens, new { name = "x" })).Status);
        await root.Delete($"{AtlassianKit.Tokens}/{id}");
        await root.NewPat();
    }

    [Fact]
    public async Task Somebody_elses_token_is_not_there_but_for_administrators()
    {
        await using var server = await PatrolApp.Start();
        await server.AddPerson("mia", "mias own password");
        var (id, text) = await server.Basic("mia", "mias own password").NewPat();
        var (rootsId, _) = await server.Basic().NewPat();
        using var mia = server.Bearer(text);
        foreach (var unknown in (string[])[$"{rootsId}", "999999", "nonsense", "0", "-1", "99999999999999999999"])
        {
            (await mia.Ask($"{AtlassianKit.Tokens}/{unknown}")).AssertError(404);
            (await mia.Ask(HttpMethod.Delete, $"{AtlassianKit.Tokens}/{unknown}")).AssertError(404);
        }
        Assert.Equal(1, (await mia.Get(AtlassianKit.Tokens)).Body.GetArrayLength());
        (await mia.Ask(HttpMethod.Post, $"{AtlassianKit.Tokens}/search", RawAnswers.Body("{}"))).AssertError(403);
        (await mia.Ask(HttpMethod.Post, $"{AtlassianKit.Tokens}/revoke", RawAnswers.Body($"{{\"ids\":[{rootsId}]}}"))).AssertError(403);
        Assert.Equal(200, (await server.Basic().Get($"{AtlassianKit.Tokens}/{id}")).Status);
        Assert.Equal(204, (await server.Basic().Delete($"{AtlassianKit.Tokens}/{id}")).Status);
        (await mia.Ask("api/2/myself")).AssertError(401);
        Assert.Equal(1, await server.Count($"SELECT count(*) FROM audit WHERE action = 'token.revoke' AND actor = 'root' AND target_id = {id}"));
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Many_tokens_are_revoked_at_once_and_what_is_not_there_is_told(Engine engine)
    {
        await using var server = await PatrolApp.Start(engine);
        await server.AddPerson("mia", "mias own password");
        var (first, text) = await server.Basic("mia", "mias own password").NewPat();
        var (second, _) = await server.Basic().NewPat("named in the trail");
        var (gitLab, _) = await server.NewToken(1);
        var (status, body) = await server.Basic().Post($"{AtlassianKit.Tokens}/revoke", new { ids = (object[])[second, first, 999, gitLab, first, "12345"] });
        Assert.Equal(200, status);
        Assert.Equal($"{{\"revoked\":[{second},{first}],\"notFound\":[999,{gitLab},12345]}}", body.ToString());
        (await server.Bearer(text).Ask("api/2/myself")).AssertError(401);
        var again = await server.Basic().Post($"{AtlassianKit.Tokens}/revoke", new { ids = (long[])[first] });
        Assert.Equal($"{{\"revoked\":[],\"notFound\":[{first}]}}", again.Body.ToString());
        Assert.Equal(2, await server.Count("SELECT count(*) FROM audit WHERE action = 'token.revoke' AND actor = 'root'"));
        Assert.Equal(1, await server.Count($"SELECT count(*) FROM audit WHERE target_id = {second} AND action = 'token.revoke' AND detail = 'named in the trail'"));
        foreach (var wrong in (string[])["{}", "{\"ids\":null}", "{\"ids\":[\"x\"]}", "{\"ids\":7}", "[1]"])
            (await server.Basic().Ask(HttpMethod.Post, $"{AtlassianKit.Tokens}/revoke", RawAnswers.Body(wrong))).AssertError(400);
    }

    [Fact]
    public async Task Policies_bind_new_tokens_alone_and_nothing_works_where_tokens_are_switched_off()
    {
        await using var server = await PatrolApp.Start("-Datlassian.pats.eternal.tokens.enabled=false", "-Datlassian.pats.token.name.length=5");
        Assert.Contains("expirationDuration is needed", (await server.Basic().Ask(HttpMethod.Post, AtlassianKit.Tokens, RawAnswers.Body("{\"name\":\"x\"}"))).AssertError(400), StringComparison.Ordinal);
        Assert.Contains("5 characters", (await server.Basic().Ask(HttpMethod.Post, AtlassianKit.Tokens, RawAnswers.Body("{\"name\":\"123456\",\"expirationDuration\":1}"))).AssertError(400), StringComparison.Ordinal);
        var (_, text) = await server.Basic().NewPat(days: 300);
        Task Set(object settings) => server.Client().Put("application/settings", settings);
        await Set(new Dictionary<string, object> { ["atlassian.pats.max.tokens.expiry.days"] = 30 });
        Assert.Contains("1 and 30", (await server.Basic().Ask(HttpMethod.Post, AtlassianKit.Tokens, RawAnswers.Body("{\"name\":\"x\",\"expirationDuration\":31}"))).AssertError(400), StringComparison.Ordinal);
        server.Clock.Advance(TimeSpan.FromDays(299));
        Assert.Equal(200, (await server.Bearer(text).Get("api/2/myself")).Status);

        await Set(new Dictionary<string, object> { ["atlassian.pats.enabled"] = false });
        (await server.Bearer(text).Ask("api/2/myself")).AssertError(401);
        (await server.Bearer(text).Ask(AtlassianKit.Tokens)).AssertError(403);
        foreach (var (method, path) in ((HttpMethod, string)[])[
            (HttpMethod.Get, ""), (HttpMethod.Post, ""), (HttpMethod.Get, "/1"), (HttpMethod.Delete, "/1"), (HttpMethod.Post, "/search"), (HttpMethod.Post, "/revoke")])
            Assert.Equal("Personal access tokens are disabled.", (await server.Basic().Ask(method, AtlassianKit.Tokens + path)).AssertError(403));
        Assert.Equal(200, (await server.Basic().Get("api/2/myself")).Status);
        Assert.Equal(401, (int)(await server.Client(text).GetAsync("user")).StatusCode);

        await Set(new Dictionary<string, object?> { ["atlassian.pats.enabled"] = null });
        Assert.Equal(200, (await server.Bearer(text).Get("api/2/myself")).Status);
    }

    [Fact]
    public async Task Bots_and_tokens_with_less_than_all_rights_make_no_tokens()
    {
        await using var server = await PatrolApp.Start();
        var user = await server.AddUser();
        var (_, bot) = await server.AddBot(isGroup: true, await server.AddGroup());
        foreach (var text in (string[])[await server.AddToken(user, "read_api"), await server.AddToken(1, "api"), bot])
            (await server.Bearer(text).Ask(HttpMethod.Post, AtlassianKit.Tokens, RawAnswers.Body("{\"name\":\"x\"}"))).AssertError(403);
        foreach (var text in (string[])[await server.AddToken(user, "api"), await server.AddToken(1, "api", "sudo", "admin_mode"), PatrolApp.RootToken])
            await server.Bearer(text).NewPat();
    }

    [GeneratedRegex("^[MNO][A-Za-z0-9+/]{43}$")]
    private static partial Regex Form();
}
