using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire.Atlassian;

/// <summary>Who gets in, and what the others are told, in the form in which clients look for it.</summary>
public sealed class AuthenticationTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private static readonly string[] Paths =
        ["pat/latest/tokens", "pat/1.0/tokens", "pat/latest/tokens/1", "api/2/myself", "api/latest/myself", "api/2/serverInfo", "api/2/field", "api/user/current", "auth/1/session", "auth/latest/session"];

    private readonly PatrolApp app = shared.App;

    [Fact]
    public async Task Without_credentials_everything_is_401_in_the_words_of_Confluence_and_the_media_type_of_Jira()
    {
        foreach (var context in (string[])["", "/jira", "/confluence"])
        {
            using var client = app.Rest(context);
            foreach (var path in Paths)
            {
                var answer = await client.Ask(path);
                Assert.Equal("Client must be authenticated to access this resource.", answer.AssertError(401));
                Assert.NotNull(answer.Header("WWW-Authenticate"));
                Assert.Null(answer.Header("X-Seraph-LoginReason"));
            }
        }
    }

    [Theory]
    [InlineData("Bearer nonsense")]
    [InlineData("Bearer ")]
    [InlineData("bearer MTIzNDU2Nzg5MDEyOrQ5JtSJgT/rrRBmCY4zu+N+NaWZ")]
    [InlineData("Basic")]
    [InlineData("Negotiate abc")]
    [InlineData("nonsense")]
    public async Task A_dead_bearer_is_nobody_and_no_failed_sign_in(string authorization)
    {
        foreach (var path in Paths)
        {
            var answer = await app.Rest().Ask(path, ("Authorization", authorization));
            answer.AssertError(401);
            if (authorization.StartsWith("bearer", StringComparison.OrdinalIgnoreCase))
                Assert.Null(answer.Header("X-Seraph-LoginReason"));
        }
    }

    [Fact]
    public async Task Many_requests_at_once_with_one_password_get_in()
    {
        using var client = app.Basic();
        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => client.Ask("api/2/myself")));
        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
    }

    [Fact]
    public async Task A_dead_bearer_does_not_fall_back_on_a_session()
    {
        await using var server = await PatrolApp.Start();
        var cookie = await SessionApiTests.SignIn(server);
        Assert.Equal(200, (await server.Rest().Ask("api/2/myself", ("Cookie", cookie))).Status);
        (await server.Rest().Ask("api/2/myself", ("Cookie", cookie), ("Authorization", "Bearer nonsense"))).AssertError(401);
    }

    [Fact]
    public async Task The_header_and_the_scheme_may_be_written_in_any_case()
    {
        var (_, text) = await app.Basic().NewPat();
        foreach (var (name, scheme) in ((string, string)[])[("authorization", "Bearer"), ("AUTHORIZATION", "BEARER"), ("Authorization", "bearer")])
            Assert.Equal(200, (await app.Rest().Ask("api/2/myself", (name, $"{scheme} {text}"))).Status);
    }

    [Fact]
    public async Task Wrong_passwords_are_401_and_soon_403_also_for_the_right_one()
    {
        await using var server = await PatrolApp.Start();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var wrong = await server.Basic("root", "wrong").Ask("api/2/myself");
            wrong.AssertError(401);
            Assert.Equal("AUTHENTICATED_FAILED", wrong.Header("X-Seraph-LoginReason"));
        }
        var denied = await server.Basic().Ask("api/2/myself");
        Assert.Contains("AUTHENTICATION_DENIED", denied.AssertError(403), StringComparison.Ordinal);
        Assert.Equal("AUTHENTICATION_DENIED", denied.Header("X-Seraph-LoginReason"));
        Assert.Contains("15 seconds", denied.Header("X-Authentication-Denied-Reason"), StringComparison.Ordinal);
        Assert.Equal("15", denied.Header("Retry-After"));
        // A token goes on working: it cannot be guessed.
        Assert.Equal(200, (await server.Bearer(PatrolApp.RootToken).Get("api/2/myself")).Status);
        server.Clock.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(200, (await server.Basic().Get("api/2/myself")).Status);
    }

    [Fact]
    public async Task A_token_is_no_password()
    {
        await using var server = await PatrolApp.Start();
        var (_, text) = await server.Basic().NewPat();
        var answer = await server.Basic("root", text).Ask("api/2/myself");
        Assert.Contains("AUTHENTICATED_FAILED", answer.AssertError(401), StringComparison.Ordinal);
        (await server.Rest().Ask("api/2/myself", ("PRIVATE-TOKEN", text))).AssertError(401);
    }

    [Fact]
    public async Task A_blocked_user_gets_in_by_nothing()
    {
        await using var server = await PatrolApp.Start();
        var id = await server.AddPerson("mia", "mias own password");
        var (_, text) = await server.Basic("mia", "mias own password").NewPat();
        Assert.Equal(200, (await server.Bearer(text).Get("api/2/myself")).Status);
        await server.Client().Post($"users/{id}/block");
        (await server.Bearer(text).Ask("api/2/myself")).AssertError(401);
        (await server.Basic("mia", "mias own password").Ask("api/2/myself")).AssertError(401);
        await server.Client().Post($"users/{id}/unblock");
        Assert.Equal(200, (await server.Bearer(text).Get("api/2/myself")).Status);
    }

    [Theory]
    [InlineData("application/json,*.*;q=0.9")]
    [InlineData("nonsense")]
    [InlineData("text/html")]
    [InlineData("*/*")]
    [InlineData(";;;,")]
    public async Task Whatever_a_client_says_it_accepts_it_is_answered(string accept)
    {
        var (_, text) = await app.NewToken(1, "api", "sudo", "admin_mode");
        var answer = await app.Bearer(text).Ask(HttpMethod.Get, "api/2/serverInfo", RawAnswers.Body(""), ("Accept", accept), ("Cache-Control", "no-cache"));
        Assert.Equal((200, "application/json;charset=UTF-8"), (answer.Status, answer.Header("Content-Type")));
    }

    [Theory]
    [InlineData("PUT", "pat/latest/tokens")]
    [InlineData("PATCH", "pat/latest/tokens/1")]
    [InlineData("POST", "pat/latest/tokens/1")]
    [InlineData("DELETE", "pat/latest/tokens")]
    [InlineData("POST", "api/2/myself")]
    [InlineData("PUT", "auth/1/session")]
    public async Task Other_methods_are_405(string method, string path) =>
        (await app.Basic().Ask(new HttpMethod(method), path, RawAnswers.Body("{}"))).AssertError(405);

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData(null)]
    [InlineData("application/json; charset=klingon")]
    public async Task A_body_that_is_not_JSON_is_415(string? type)
    {
        foreach (var path in (string[])["pat/latest/tokens", "pat/latest/tokens/search", "pat/latest/tokens/revoke", "auth/1/session"])
            (await app.Basic().Ask(HttpMethod.Post, path, RawAnswers.Body("{\"name\":\"x\"}", type))).AssertError(415);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/jira")]
    [InlineData("/confluence")]
    public async Task A_resource_that_there_is_not_is_a_page_and_nothing_else_is(string context)
    {
        foreach (var path in (string[])["api/2/issue/X-1", "pat/2.0/tokens", "pat/latest/nothing", "de.resolution.apitokenauth/1.0/user/token", ""])
        {
            var answer = await app.Rest(context).Ask(path);
            Assert.Equal((404, "text/html;charset=UTF-8"), (answer.Status, answer.Header("Content-Type")));
            Assert.StartsWith("<!DOCTYPE html>", answer.Body, StringComparison.Ordinal);
        }
    }
}
