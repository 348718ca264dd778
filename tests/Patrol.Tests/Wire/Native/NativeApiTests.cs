using System.Text.Json;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire.Native;

public sealed class NativeApiTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private const string Root = "/api/patrol/v1";
    private readonly PatrolApp app = shared.App;
    private readonly HttpClient root = shared.App.Client();

    [Fact]
    public async Task A_token_with_a_given_text_works_for_whoever_it_was_made_for()
    {
        var user = await app.AddUser();
        var (status, body) = await root.Post($"{Root}/tokens", new { user = user.ToString(), name = "Automation token", scopes = new[] { "read_user", "read_repository" }, token = "token-string-here1234" });
        Assert.Equal(201, status);
        Assert.Equal("token-string-here1234", body.GetProperty("token").GetString());
        Assert.Equal("2027-11-22", body.GetProperty("details").GetProperty("expires_at").GetString());
        var (used, self) = await app.Client("token-string-here1234").Get("user");
        Assert.Equal(200, used);
        Assert.Equal(user, self.GetProperty("id").GetInt64());
    }

    [Theory]
    [InlineData("tokens?expires_on=01/02/2027")]
    [InlineData("tokens/expiry-histogram?expires_on=2%20Jan%202027")]
    [InlineData("audit?since=11:00")]
    [InlineData("audit?until=11/24/2026")]
    public async Task A_day_that_could_be_read_in_two_ways_is_refused(string path)
    {
        var (status, problem) = await root.Get($"{Root}/{path}");
        Assert.Equal(400, status);
        Assert.Matches("^(expires_on must be a day|since must be an instant|until must be an instant) such as ", problem.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("tokens?expires_on=2027-01-02")]
    [InlineData("audit?since=2026-11-22")]
    [InlineData("audit?since=2026-11-22T09:00:00%2B09:00&until=2026-11-23T00:00:00Z")]
    public async Task ISO_dates_are_taken(string path) => Assert.Equal(200, (await root.Get($"{Root}/{path}")).Status);

    [Theory]
    [InlineData("application/json; charset=\"utf-8\"", 200)]
    [InlineData("application/json; charset=UTF-8", 200)]
    [InlineData("application/json; charset=latin1", 415)]
    public async Task A_body_is_UTF_8_and_may_say_so(string type, int expected)
    {
        using var content = new StringContent("{\"token\":\"nobody-knows-it-at-all\"}");
        content.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse(type);
        using var answer = await root.PostAsync($"{Root}/tokens/lookup", content);
        Assert.Equal(expected, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("short", 400)]
    [InlineData("nineteen-characters", 400)]
    [InlineData("twenty-characters-00", 201)]
    public async Task A_given_text_has_at_least_twenty_characters(string text, int expected)
    {
        var (status, body) = await root.Post($"{Root}/tokens", new { user = "root", name = "given", scopes = new[] { "api" }, token = text });
        Assert.Equal(expected, status);
        Assert.True(expected == 201 || !body.GetRawText().Contains(text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_same_text_twice_is_a_conflict()
    {
        var order = new { user = "root", name = "twice", scopes = new[] { "api" }, token = "the-same-text-given-twice" };
        Assert.Equal(201, (await root.Post($"{Root}/tokens", order)).Status);
        Assert.Equal(409, (await root.Post($"{Root}/tokens", order)).Status);
    }

    [Fact]
    public async Task A_text_is_looked_up_and_revoked_without_its_id()
    {
        await app.Give("text-to-be-revoked-00001", "read_api");
        Assert.Equal("good", (await LookUp("text-to-be-revoked-00001")).GetProperty("verdict").GetString());
        Assert.Equal(200, (await root.Post($"{Root}/tokens/revoke", new { token = "text-to-be-revoked-00001" })).Status);
        var found = await LookUp("text-to-be-revoked-00001");
        Assert.Equal("revoked", found.GetProperty("verdict").GetString());
        Assert.Equal("revoked", found.GetProperty("token").GetProperty("state").GetString());
        Assert.Equal(401, (await app.Client("text-to-be-revoked-00001").Get("user")).Status);
        Assert.Equal("unknown", (await LookUp("never-was-such-a-token-1")).GetProperty("verdict").GetString());
        Assert.Equal(404, (await root.Post($"{Root}/tokens/revoke", new { token = "never-was-such-a-token-1" })).Status);
    }

    [Fact]
    public async Task Only_administrators_with_a_wide_enough_token_come_in()
    {
        var user = await app.AddUser();
        Assert.Equal(401, (await app.Client(token: null).Get($"{Root}/tokens")).Status);
        Assert.Equal(401, (await app.Client("nobody-ever-made-this-one").Get($"{Root}/tokens")).Status);
        Assert.Equal(403, (await app.Client(await app.AddToken(user)).Get($"{Root}/tokens")).Status);
        var reading = app.Client(await app.AddToken(1, "read_api"));
        Assert.Equal(200, (await reading.Get($"{Root}/tokens")).Status);
        Assert.Equal(403, (await reading.Post($"{Root}/tokens", new { user = "root", name = "x", scopes = new[] { "api" } })).Status);
        Assert.Equal(403, (await app.Client(await app.AddToken(1, "read_user")).Get($"{Root}/tokens")).Status);
    }

    [Fact]
    public async Task Errors_are_problem_details_and_a_misspelt_filter_selects_nothing()
    {
        foreach (var (path, body) in ((string, object?)[])
        [
            ($"{Root}/tokens?stat=active", null), ($"{Root}/tokens?state=asleep", null), ($"{Root}/tokens?page=x", null), ($"{Root}/tokens?expires_within=soon", null),
            ($"{Root}/tokens/bulk", new { action = "revoke", filter = new { ownr = "root" } }), ($"{Root}/tokens/bulk", new { action = "revoke", filter = new { } }),
            ($"{Root}/tokens/bulk", new { action = "extend", filter = new { owner = "root" } }), ($"{Root}/tokens/bulk", new { action = "extend", to = "2026-11-22", filter = new { owner = "root" } }),
            ($"{Root}/tokens/bulk", new { action = "explode", all = true }), ($"{Root}/tokens", new { user = "root", name = "x", scopes = new[] { "no_scope" } }),
        ])
        {
            using var answer = await root.SendAsync(new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, path)
            {
                Content = body is null ? null : new StringContent(JsonSerializer.Serialize(body), System.Text.Encoding.UTF8, "application/json"),
            });
            Assert.Equal(400, (int)answer.StatusCode);
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
            Assert.Equal(400, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("status").GetInt32());
        }
    }

    [Fact]
    public async Task Finding_takes_the_words_of_the_administrators_tool()
    {
        await using var own = await PatrolApp.Start();
        var client = own.Client();
        var robin = await own.AddUser("robin");
        var blocked = await own.AddUser("blocked");
        await own.Give("find-token-of-robin-00001", "read_api", robin, expiresAt: new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero));
        await own.Give("find-token-of-blocked-001", "read_api", blocked, expiresAt: new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero));
        await own.Give("find-token-expired-000001", "api", robin, expiresAt: new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero));
        await own.Give("find-token-eternal-000001", "api", robin);
        // As Atlassian's end: in the middle of a day. It works until then.
        var evening = await own.AddUser("evening");
        await own.Give("find-token-of-evening-001", "api", evening, expiresAt: new DateTimeOffset(2026, 11, 22, 23, 59, 0, TimeSpan.Zero));
        Assert.Equal(201, (await client.Post($"users/{blocked}/block")).Status);

        async Task<string[]> Find(string query) => [.. (await client.Get($"{Root}/tokens?{query}")).Body.GetProperty("items").EnumerateArray()
            .Select(token => $"{token.GetProperty("owner").GetString()} {token.GetProperty("expires_at").GetString()} {token.GetProperty("state").GetString()}")];
        Assert.Equal(["robin 2026-12-01 active"], await Find("expires_on=2026-12-01"));
        Assert.Equal(2, (await Find("expires_on=2026-12-01&include_blocked=true")).Length);
        Assert.Equal(["robin 2026-12-01 active", "blocked 2026-12-01 active", "robin 2026-11-22 expired", "evening 2026-11-22 active"], await Find("expires_within=30d"));
        Assert.Equal(["robin 2026-11-22 expired"], await Find("expired=true"));
        Assert.Equal(["robin 2026-11-22 expired"], await Find("state=expired"));
        Assert.Equal(["robin  active"], await Find("no_expiry=true"));
        Assert.Equal(3, (await Find("owner=robin&kind=personal")).Length);
        Assert.Equal(2, (await Find("owner=robin&scope=api")).Length);
        Assert.Empty(await Find("kind=service-account"));
        Assert.Empty(await Find("owner=robin&unused_for=30d"));
        own.Clock.Advance(TimeSpan.FromDays(31));
        Assert.Equal(3, (await Find("owner=robin&unused_for=30d")).Length);
    }

    [Fact]
    public async Task It_describes_itself()
    {
        var (status, body) = await app.Client(token: null).Get("/openapi/v1.json");
        Assert.Equal(200, status);
        Assert.Equal(
            ["/api/patrol/v1/audit", "/api/patrol/v1/clients", "/api/patrol/v1/clients/{id}", "/api/patrol/v1/jobs", "/api/patrol/v1/notices/preview", "/api/patrol/v1/registry/keys", "/api/patrol/v1/registry/keys/{kid}", "/api/patrol/v1/registry/keys/{kid}/use", "/api/patrol/v1/tokens", "/api/patrol/v1/tokens/bulk", "/api/patrol/v1/tokens/expiry-histogram", "/api/patrol/v1/tokens/lookup", "/api/patrol/v1/tokens/revoke", "/api/patrol/v1/tokens/{id}"],
            body.GetProperty("paths").EnumerateObject().Select(path => path.Name).Order(StringComparer.Ordinal));
    }

    private async Task<JsonElement> LookUp(string text) => (await root.Post($"{Root}/tokens/lookup", new { token = text })).Body;
}
