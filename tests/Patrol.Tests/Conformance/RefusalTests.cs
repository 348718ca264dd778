using Patrol.Core.Tokens;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Conformance;

/// <summary>How requests are refused, to the byte.</summary>
public sealed class RefusalTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private const string Nobody = """401 {"message":"401 Unauthorized"}""";
    private const string Expired = "Token is expired. You can either do re-authorization or token refresh.";
    private const string Revoked = "Token was revoked. You have to re-authorize from the user.";
    private const string Impersonation = "Token is an impersonation token but impersonation was disabled.";
    private const string TooSmall =
        """403 {"error":"insufficient_scope","error_description":"The request requires higher privileges than provided by the access token.","scope":"api read_api"}""";

    private PatrolApp App => shared.App;

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("unknown")]
    [InlineData("glpat-AAECAwQFBgcICQoLDA0OD286MQp1OjE2CA.01.0y1qf01dl")]
    public async Task Without_a_known_token_nobody_is_there_and_nothing_is_challenged(string? token)
    {
        using var client = App.Client(token: null);
        var answer = token is null ? await client.Ask("personal_access_tokens") : await client.Ask("personal_access_tokens", ("PRIVATE-TOKEN", token));
        Assert.Equal(Nobody, answer.ToString());
        Assert.Null(answer.Header("WWW-Authenticate"));
        Assert.Equal("application/json", answer.Header("Content-Type"));
    }

    [Fact]
    public async Task An_expired_token_says_so_in_body_and_challenge()
    {
        await App.Give("refusal-expired-token-1", expiresAt: Day(2026, 11, 22));
        AssertInvalid(Expired, await App.Client("refusal-expired-token-1").Ask("user"));
    }

    [Fact]
    public async Task A_token_is_expired_from_the_first_instant_of_its_day_on()
    {
        await App.Give("refusal-tomorrow-token-1", expiresAt: Day(2026, 11, 23));
        Assert.Equal(200, (await App.Client("refusal-tomorrow-token-1").Ask("user")).Status);
        await using var app = await PatrolApp.Start();
        await app.Give("refusal-tomorrow-token-2", expiresAt: Day(2026, 11, 23));
        app.Clock.SetUtcNow(Day(2026, 11, 23).AddMilliseconds(-1));
        Assert.Equal(200, (await app.Client("refusal-tomorrow-token-2").Ask("user")).Status);
        app.Clock.SetUtcNow(Day(2026, 11, 23));
        AssertInvalid(Expired, await app.Client("refusal-tomorrow-token-2").Ask("user"));
    }

    [Fact]
    public async Task A_revoked_token_says_so_in_body_and_challenge()
    {
        await App.Give("refusal-revoked-token-1", revoked: true);
        AssertInvalid(Revoked, await App.Client("refusal-revoked-token-1").Ask("user"));
    }

    [Fact]
    public async Task Expired_is_said_before_revoked_and_revoked_before_too_small()
    {
        await App.Give("refusal-both-token-1", expiresAt: Day(2026, 11, 1), revoked: true);
        await App.Give("refusal-both-token-2", scopes: "read_registry", revoked: true);
        await App.Give("refusal-both-token-3", scopes: "read_registry", expiresAt: Day(2026, 11, 1));
        AssertInvalid(Expired, await App.Client("refusal-both-token-1").Ask("user"));
        AssertInvalid(Revoked, await App.Client("refusal-both-token-2").Ask("user"));
        AssertInvalid(Expired, await App.Client("refusal-both-token-3").Ask("user"));
    }

    [Fact]
    public async Task A_token_with_too_small_scopes_is_told_which_would_do_and_is_not_challenged()
    {
        await App.Give("refusal-small-token-1", scopes: "read_api");
        await App.Give("refusal-small-token-2", scopes: "read_registry");
        var answer = await App.Client("refusal-small-token-1").Ask(HttpMethod.Post, "groups");
        Assert.Equal(TooSmall, answer.ToString());
        Assert.Null(answer.Header("WWW-Authenticate"));
        Assert.Equal(TooSmall, (await App.Client("refusal-small-token-2").Ask("personal_access_tokens")).ToString());
    }

    [Fact]
    public async Task Switched_off_impersonation_is_told_after_scopes_and_before_a_blocked_owner()
    {
        await using var app = await PatrolApp.Start();
        var user = await app.AddUser();
        await app.Give("refusal-acting-token-1", userId: user, kind: TokenKind.Impersonation);
        await app.Give("refusal-acting-token-2", scopes: "read_registry", userId: user, kind: TokenKind.Impersonation);
        Assert.Equal(200, (await app.Client("refusal-acting-token-1").Ask("user")).Status);
        Assert.Equal(200, (await app.Client().Put("application/settings", new { impersonation_enabled = false })).Status);
        AssertInvalid(Impersonation, await app.Client("refusal-acting-token-1").Ask("user"));
        Assert.Equal(TooSmall, (await app.Client("refusal-acting-token-2").Ask("personal_access_tokens")).ToString());
        await app.Client().Post($"users/{user}/block");
        AssertInvalid(Impersonation, await app.Client("refusal-acting-token-1").Ask("user"));
        await app.Client().Put("application/settings", new { impersonation_enabled = true });
        Assert.Equal("""403 {"message":"403 Forbidden - Your account has been blocked."}""", (await app.Client("refusal-acting-token-1").Ask("user")).ToString());
        Assert.Equal(TooSmall, (await app.Client("refusal-acting-token-2").Ask("personal_access_tokens")).ToString());
    }

    [Fact]
    public async Task A_blocked_users_token_is_forbidden_and_works_again_afterwards()
    {
        var user = await App.AddUser();
        var client = await App.As(user);
        await App.Client().Post($"users/{user}/block");
        var answer = await client.Ask("user");
        Assert.Equal("""403 {"message":"403 Forbidden - Your account has been blocked."}""", answer.ToString());
        Assert.Null(answer.Header("WWW-Authenticate"));
        await App.Client().Post($"users/{user}/unblock");
        Assert.Equal(200, (await client.Ask("user")).Status);
    }

    [Fact]
    public async Task An_unknown_route_is_told_in_the_parameter_checks_shape_with_and_without_a_token()
    {
        Assert.Equal("""404 {"error":"404 Not Found"}""", (await App.Client().Ask("no/such/thing")).ToString());
        Assert.Equal("""404 {"error":"404 Not Found"}""", (await App.Client(token: null).Ask("no/such/thing")).ToString());
    }

    [Fact]
    public async Task An_unknown_method_of_a_known_path_is_not_allowed()
    {
        foreach (var method in (HttpMethod[])[HttpMethod.Patch, HttpMethod.Put, HttpMethod.Delete])
            Assert.Equal("""405 {"error":"405 Not Allowed"}""", (await App.Client().Ask(method, "personal_access_tokens")).ToString());
    }

    [Theory]
    [InlineData("{", "application/json")]
    [InlineData("[1]", "application/json")]
    [InlineData("\"text\"", "application/json")]
    [InlineData("""{"name":"\ud800"}""", "application/json")]
    [InlineData("{\"name\":", null)]
    public async Task A_body_that_is_not_what_it_says_is_a_bad_request(string body, string? type) => Assert.Equal(
        """400 {"error":"message body does not match declared format"}""",
        (await App.Client().Ask(HttpMethod.Post, "users/1/personal_access_tokens", RawAnswers.Body(body, type))).ToString());

    [Fact]
    public async Task An_unknown_content_type_is_not_supported() => Assert.Equal(
        """415 {"error":"The provided content-type 'text/xml' is not supported."}""",
        (await App.Client().Ask(HttpMethod.Post, "users/1/personal_access_tokens", RawAnswers.Body("<name/>", "text/xml"))).ToString());

    [Theory]
    [InlineData("""{"name":{"a":1},"scopes":["api"]}""", "name is invalid")]
    [InlineData("""{"name":["a"],"scopes":["api"]}""", "name is invalid")]
    [InlineData("""{"name":"x","scopes":{"api":true}}""", "scopes is invalid")]
    [InlineData("""{"name":"x","scopes":["api"],"expires_at":"soon"}""", "expires_at is invalid")]
    [InlineData("""{"name":"x","scopes":["api"],"expires_at":20261201}""", "expires_at is invalid")]
    [InlineData("""{"name":"x","scopes":["api"],"expires_at":true}""", "expires_at is invalid")]
    [InlineData("""{"name":"x","scopes":["api"],"expires_at":["2026-12-01"]}""", "expires_at is invalid")]
    [InlineData("""{"name":"x","scopes":["api"],"expires_at":"2026-02-30"}""", "expires_at is invalid")]
    [InlineData("{}", "name is missing, scopes is missing")]
    public async Task A_wrong_type_is_told_by_the_parameters_name_and_several_with_commas(string body, string expected)
    {
        var answer = await App.Client().Ask(HttpMethod.Post, "users/1/personal_access_tokens", RawAnswers.Body(body));
        Assert.Equal($$"""400 {"error":"{{expected}}"}""", answer.ToString());
    }

    [Theory]
    [InlineData("999999")]
    [InlineData("self")]
    public async Task A_wrong_date_is_told_before_the_token_is_looked_for(string id) => Assert.Equal(
        """400 {"error":"expires_at is invalid"}""",
        (await App.Client().Ask(HttpMethod.Post, $"personal_access_tokens/{id}/rotate", RawAnswers.Body("""{"expires_at":"soon"}"""))).ToString());

    [Fact]
    public async Task HEAD_answers_as_GET_does_without_the_body()
    {
        var get = await App.Client().Ask("personal_access_tokens?per_page=1");
        var head = await App.Client().Ask(HttpMethod.Head, "personal_access_tokens?per_page=1");
        Assert.Equal((get.Status, ""), (head.Status, head.Body));
        Assert.Equal(get.Header("X-Total"), head.Header("X-Total"));
        Assert.Equal(get.Header("Content-Length"), head.Header("Content-Length"));
        Assert.Equal((401, ""), ((await App.Client("unknown").Ask(HttpMethod.Head, "user")).Status, ""));
    }

    [Fact]
    public async Task An_id_that_is_no_number_is_invalid_for_tokens_and_a_path_for_groups()
    {
        Assert.Equal("""400 {"error":"id is invalid"}""", (await App.Client().Ask("personal_access_tokens/abc")).ToString());
        Assert.Equal("""404 {"message":"404 Group Not Found"}""", (await App.Client().Ask("groups/abc")).ToString());
        Assert.Equal("""404 {"message":"404 Project Not Found"}""", (await App.Client().Ask("projects/abc%2Fdef")).ToString());
    }

    [Fact]
    public async Task Letters_and_quotes_are_written_as_they_are()
    {
        var (id, _) = await App.NewToken(1, new { name = "Jörg's <token> & more", scopes = (string[])["api"] });
        Assert.Contains("\"name\":\"Jörg's <token> & more\"", (await App.Client().Ask($"personal_access_tokens/{id}")).Body, StringComparison.Ordinal);
    }

    private static void AssertInvalid(string description, RawAnswer answer)
    {
        Assert.Equal($$"""401 {"error":"invalid_token","error_description":"{{description}}"}""", answer.ToString());
        Assert.Equal($"Bearer realm=\"Protected by OAuth 2.0\", error=\"invalid_token\", error_description=\"{description}\"", answer.Header("WWW-Authenticate"));
    }

    private static DateTimeOffset Day(int year, int month, int day) => new(year, month, day, 0, 0, 0, TimeSpan.Zero);
}
