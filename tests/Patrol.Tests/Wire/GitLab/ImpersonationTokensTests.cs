using System.Text.Json;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire.GitLab;

/// <summary>Impersonation tokens, which administrators keep to act as somebody.</summary>
public sealed class ImpersonationTokensTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private const string Missing = """404 {"message":"404 Impersonation Token Not Found"}""";
    private static readonly string[] Fields =
    [
        "active", "created_at", "description", "expired", "expires_at", "granular", "id", "impersonation", "last_used_at", "last_used_ips", "name", "revoked", "scopes", "user_id",
    ];

    private PatrolApp App => shared.App;

    [Fact]
    public async Task One_is_made_shown_listed_used_and_ended()
    {
        var user = await App.AddUser();
        var (status, made) = await New(user, new { name = "act", scopes = (string[])["api"], expires_at = "2026-12-01", description = "why" });
        Assert.Equal(201, status);
        Assert.Equal(Fields.Append("token").Order(StringComparer.Ordinal), made.Keys());
        Assert.True(made.GetProperty("impersonation").GetBoolean());
        Assert.Equal(user, (await App.Client(made.Text("token")).Get("user")).Body.Id());
        var path = $"users/{user}/impersonation_tokens/{made.Id()}";
        Assert.Equal(Fields, (await App.Client().Get(path)).Body.Keys());
        Assert.Equal("204 ", (await App.Client().Ask(HttpMethod.Delete, path)).ToString());
        Assert.Equal(401, (await App.Client(made.Text("token")).Get("user")).Status);
        Assert.True((await App.Client().Get(path)).Body.GetProperty("revoked").GetBoolean());
    }

    [Fact]
    public async Task The_list_has_only_those_of_the_user_by_state_in_pages()
    {
        var user = await App.AddUser();
        await App.NewToken(user);
        var (_, active) = await New(user, new { name = "active", scopes = (string[])["api"], expires_at = "2026-12-01" });
        await New(user, new { name = "expired", scopes = (string[])["api"], expires_at = "2026-11-22" });
        var revoked = await New(user, new { name = "revoked", scopes = (string[])["api"], expires_at = "2026-12-01" });
        await App.Client().Delete($"users/{user}/impersonation_tokens/{revoked.Body.Id()}");
        Task<(int Status, JsonElement Body)> List(string query) => App.Client().Get($"users/{user}/impersonation_tokens?{query}");
        Assert.Equal(["active", "expired", "revoked"], (await List("")).Each("name"));
        Assert.Equal(["active", "expired", "revoked"], (await List("state=all")).Each("name"));
        Assert.Equal(["active"], (await List("state=active")).Each("name"));
        Assert.Equal(["expired", "revoked"], (await List("state=inactive")).Each("name"));
        Assert.Equal(Fields, (await List("")).Body[0].Keys());
        Assert.Equal("""400 {"error":"state does not have a valid value"}""", (await List("state=asdf")).Message());
        var page = await App.Client().Ask($"users/{user}/impersonation_tokens?per_page=1");
        Assert.Equal(("3", "2"), (page.Header("X-Total"), page.Header("X-Next-Page")));
        Assert.Equal(active.Id(), page.Json[0].Id());
    }

    [Theory]
    [InlineData("""{"scopes":["api"],"expires_at":"2026-12-01"}""", """400 {"error":"name is missing"}""")]
    [InlineData("""{"name":"x","scopes":["api"]}""", """400 {"message":{"expires_at":["can't be blank"]}}""")]
    [InlineData("""{"name":"x","expires_at":"2026-12-01"}""", """400 {"message":{"scopes":["can't be blank"]}}""")]
    [InlineData("""{"name":"x"}""", """400 {"message":{"scopes":["can't be blank"],"expires_at":["can't be blank"]}}""")]
    [InlineData("""{"name":"x","scopes":["nope"],"expires_at":"2099-12-01"}""", """400 {"message":{"scopes":["can only contain available scopes"],"expires_at":["must be before 2027-11-22"]}}""")]
    [InlineData("""{"name":"x","scopes":[],"expires_at":"2026-12-01"}""", """400 {"message":{"scopes":["can't be blank"]}}""")]
    [InlineData("""{"name":"x","scopes":["everything"],"expires_at":"2026-12-01"}""", """400 {"message":{"scopes":["can only contain available scopes"]}}""")]
    [InlineData("""{"name":"x","scopes":["api"],"expires_at":"2027-11-23"}""", """400 {"message":{"expires_at":["must be before 2027-11-22"]}}""")]
    [InlineData("""{"name":"x","scopes":["api"],"expires_at":"never"}""", """400 {"error":"expires_at is invalid"}""")]
    [InlineData("""{"name":" ","scopes":["api"],"expires_at":"2026-12-01"}""", """400 {"message":{"name":["can't be blank"]}}""")]
    public async Task What_cannot_be_made_is_told_in_the_models_shape(string body, string expected) => Assert.Equal(
        expected, (await App.Client().Ask(HttpMethod.Post, $"users/{await App.AddUser()}/impersonation_tokens", RawAnswers.Body(body))).ToString());

    [Fact]
    public async Task A_date_in_the_past_makes_one_that_is_not_active()
    {
        var (status, made) = await New(await App.AddUser(), new { name = "past", scopes = "api,read_user", expires_at = "2026-01-01" });
        Assert.Equal((201, false), (status, made.GetProperty("active").GetBoolean()));
    }

    [Fact]
    public async Task Only_administrators_may_and_only_for_users_and_tokens_there_are()
    {
        var user = await App.AddUser();
        var client = await App.As(user);
        var (_, made) = await New(user, new { name = "act", scopes = (string[])["api"], expires_at = "2026-12-01" });
        foreach (var (method, path) in ((HttpMethod, string)[])[(HttpMethod.Get, ""), (HttpMethod.Post, ""), (HttpMethod.Get, $"/{made.Id()}"), (HttpMethod.Delete, $"/{made.Id()}")])
        {
            Assert.Equal("""403 {"message":"403 Forbidden"}""", (await client.Send(method, $"users/{user}/impersonation_tokens{path}")).Message());
            Assert.Equal("""404 {"message":"404 User Not Found"}""", (await App.Client().Send(method, $"users/999999/impersonation_tokens{path}")).Message());
        }
        var (personal, _) = await App.NewToken(user);
        foreach (var id in (long[])[999999, personal])
        {
            Assert.Equal(Missing, (await App.Client().Get($"users/{user}/impersonation_tokens/{id}")).Message());
            Assert.Equal(Missing, (await App.Client().Delete($"users/{user}/impersonation_tokens/{id}")).Message());
        }
        Assert.Equal(Missing, (await App.Client().Get($"users/1/impersonation_tokens/{made.Id()}")).Message());
    }

    [Fact]
    public async Task Ending_one_that_has_changed_since_is_refused_if_asked()
    {
        var user = await App.AddUser();
        var (_, made) = await New(user, new { name = "act", scopes = (string[])["api"], expires_at = "2026-12-01" });
        var path = $"users/{user}/impersonation_tokens/{made.Id()}";
        var refused = await App.Client().Ask(HttpMethod.Delete, path, null, ("If-Unmodified-Since", "Sun, 22 Nov 2026 11:59:59 GMT"));
        Assert.Equal("""412 {"message":"412 Precondition Failed"}""", refused.ToString());
        Assert.Equal(200, (await App.Client(made.Text("token")).Get("user")).Status);
        Assert.Equal(204, (await App.Client().Ask(HttpMethod.Delete, path, null, ("If-Unmodified-Since", "Sun, 22 Nov 2026 12:00:00 GMT"))).Status);
    }

    [Fact]
    public async Task Switched_off_none_can_be_kept()
    {
        await using var app = await PatrolApp.Start();
        await app.Client().Put("application/settings", new { impersonation_enabled = false });
        foreach (var (method, path) in ((HttpMethod, string)[])[(HttpMethod.Get, ""), (HttpMethod.Post, ""), (HttpMethod.Get, "/1"), (HttpMethod.Delete, "/1")])
        {
            var answer = await app.Client().Ask(method, $"users/1/impersonation_tokens{path}");
            Assert.Equal("""401 {"error":"invalid_token","error_description":"Token is an impersonation token but impersonation was disabled."}""", answer.ToString());
            Assert.StartsWith("Bearer realm=", answer.Header("WWW-Authenticate"), StringComparison.Ordinal);
        }
    }

    private Task<(int Status, JsonElement Body)> New(long user, object order) => App.Client().Post($"users/{user}/impersonation_tokens", order);
}
