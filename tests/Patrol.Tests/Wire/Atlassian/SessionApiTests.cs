using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire.Atlassian;

public sealed class SessionApiTests
{
    private static readonly (string Name, string Value) NoCheck = ("X-Atlassian-Token", "no-check");

    /// <summary>Signs root in; answers what a browser would send from then on.</summary>
    internal static async Task<string> SignIn(PatrolApp app)
    {
        var answer = await app.Rest().Ask(
            HttpMethod.Post, "auth/1/session", RawAnswers.Body($"{{\"username\":\"root\",\"password\":\"{AtlassianKit.RootPassword}\"}}"));
        Assert.Equal(200, answer.Status);
        var cookie = answer.Header("Set-Cookie")!.Split(';')[0];
        var session = answer.Json.GetProperty("session");
        Assert.Equal(cookie, $"{session.GetProperty("name").GetString()}={session.GetProperty("value").GetString()}");
        return cookie;
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task A_password_opens_a_session_that_its_cookie_carries_until_it_is_closed(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        var cookie = ("Cookie", await SignIn(app));
        var current = await app.Rest("/jira").Ask("auth/1/session", cookie);
        Assert.Equal($"{{\"self\":\"{app.Address}jira/rest/api/2/user?username=root\",\"name\":\"root\"}}", current.Body);
        Assert.Equal(200, (await app.Rest().Ask(AtlassianKit.Tokens, cookie)).Status);
        (await app.Rest().Ask(HttpMethod.Delete, "auth/1/session", null, cookie)).AssertError(403);
        Assert.Equal(204, (await app.Rest().Ask(HttpMethod.Delete, "auth/1/session", null, cookie, NoCheck)).Status);
        (await app.Rest().Ask("auth/1/session", cookie)).AssertError(401);
    }

    [Fact]
    public async Task With_a_session_what_changes_something_needs_the_header_that_no_other_site_can_send()
    {
        await using var app = await PatrolApp.Start();
        var cookie = ("Cookie", await SignIn(app));
        Task<RawAnswer> Make(params (string, string)[] headers) =>
            app.Rest().Ask(HttpMethod.Post, AtlassianKit.Tokens, RawAnswers.Body("{\"name\":\"x\"}"), [cookie, .. headers]);
        Assert.Contains("XSRF check failed", (await Make()).AssertError(403), StringComparison.Ordinal);
        Assert.Contains("XSRF check failed", (await Make(("X-Atlassian-Token", "yes"))).AssertError(403), StringComparison.Ordinal);
        var made = await Make(NoCheck);
        Assert.Equal(201, made.Status);
        Assert.Equal(201, (await Make(("X-Atlassian-Token", "nocheck"))).Status);
        var search = app.Rest().Ask(HttpMethod.Post, $"{AtlassianKit.Tokens}/search", RawAnswers.Body("{\"page\":0,\"limit\":100,\"name\":\"\",\"userKeys\":[]}"), cookie, ("X-Atlassian-Token", "nocheck"));
        Assert.Equal(2, (await search).Json.GetProperty("total").GetInt64());
        var one = $"{AtlassianKit.Tokens}/{made.Json.Id()}";
        (await app.Rest().Ask(HttpMethod.Delete, one, null, cookie)).AssertError(403);
        Assert.Equal(204, (await app.Rest().Ask(HttpMethod.Delete, one, null, cookie, NoCheck)).Status);
    }

    [Fact]
    public async Task Wrong_passwords_open_nothing_and_are_slowed_down()
    {
        await using var app = await PatrolApp.Start();
        Task<RawAnswer> Try(string body) => app.Rest().Ask(HttpMethod.Post, "auth/1/session", RawAnswers.Body(body));
        foreach (var body in (string[])["{}", "{\"username\":\"root\"}", "{\"username\":\"root\",\"password\":\"\"}", "{\"username\":\"nobody\",\"password\":\"x\"}"])
        {
            var answer = await Try(body);
            answer.AssertError(401);
            Assert.Equal("AUTHENTICATED_FAILED", answer.Header("X-Seraph-LoginReason"));
            Assert.Null(answer.Header("Set-Cookie"));
        }
        for (var attempt = 0; attempt < 3; attempt++)
            (await Try("{\"username\":\"root\",\"password\":\"wrong\"}")).AssertError(401);
        (await Try($"{{\"username\":\"root\",\"password\":\"{AtlassianKit.RootPassword}\"}}")).AssertError(403);
    }

    [Fact]
    public async Task A_bearer_is_given_a_session_only_where_the_property_says_so_and_it_ends_with_the_token()
    {
        await using var app = await PatrolApp.Start();
        var (id, text) = await app.Basic().NewPat();
        var without = await app.Bearer(text).Ask("auth/1/session");
        Assert.Equal((200, (string?)null), (without.Status, without.Header("Set-Cookie")));
        await app.Client().Put("application/settings", new Dictionary<string, object> { ["atlassian.pats.invalidate.session.enabled"] = false });
        Assert.Null((await app.Bearer(text).Ask("api/2/myself")).Header("Set-Cookie"));
        var cookie = ("Cookie", (await app.Bearer(text).Ask("auth/1/session")).Header("Set-Cookie")!.Split(';')[0]);
        Assert.Equal(200, (await app.Rest().Ask("api/2/myself", cookie)).Status);
        await app.Basic().Delete($"{AtlassianKit.Tokens}/{id}");
        (await app.Rest().Ask("api/2/myself", cookie)).AssertError(401);
    }
}
