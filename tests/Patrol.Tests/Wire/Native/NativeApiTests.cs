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

    [Theory]
    [InlineData("1d")]
    [InlineData("1mo")]
    public async Task No_token_is_put_after_the_last_of_all_days(string by)
    {
        var user = await app.AddUser();
        await app.Give($"the-last-of-all-days-{by}", userId: user, expiresAt: new DateTimeOffset(9999, 12, 31, 0, 0, 0, TimeSpan.Zero));
        foreach (var dry_run in (bool[])[true, false])
        {
            var (status, problem) = await root.Post($"{Root}/tokens/bulk", new { action = "extend", by, filter = new { owner = user.ToString() }, dry_run });
            Assert.Equal((400, "by would put the end of some tokens after the year 9999"), (status, problem.GetProperty("detail").GetString()));
        }
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Bulk_changes_do_what_they_say_to_what_the_filters_select(Engine engine)
    {
        await using var own = await PatrolApp.Start(engine);
        var client = own.Client();
        var day = new DateTimeOffset(2027, 1, 31, 0, 0, 0, TimeSpan.Zero);
        for (var i = 0; i < 6; i++)
            await own.Give($"bulk-token-number-00000{i}", i % 2 == 0 ? "read_api" : "read_user", expiresAt: i < 4 ? day : day.AddDays(1));
        await own.Give("bulk-token-revoked-00001", expiresAt: day, revoked: true);
        await own.Give("bulk-token-impersonating", expiresAt: day, kind: Patrol.Core.Tokens.TokenKind.Impersonation);
        await own.Give("bulk-token-eternal-00001");
        var alone = (await own.Give("bulk-token-on-its-own-01", expiresAt: day.AddDays(90))).Id;

        async Task<(long Matched, long Changed)> Bulk(object request)
        {
            var (status, body) = await client.Post($"{Root}/tokens/bulk", request);
            Assert.True(status == 200, body.ToString());
            return (body.GetProperty("matched").GetInt64(), body.GetProperty("changed").GetInt64());
        }
        async Task<Dictionary<string, long>> Histogram() => (await client.Get($"{Root}/tokens/expiry-histogram")).Body.EnumerateArray()
            .ToDictionary(entry => entry.GetProperty("expires_at").GetString()!, entry => entry.GetProperty("count").GetInt64());

        Assert.Equal(6, (await Histogram())["2027-01-31"]);
        Assert.Equal((4, 0), await Bulk(new { action = "extend", by = "1mo", filter = new { expires_on = "2027-01-31" }, dry_run = true }));
        Assert.Equal((4, 4), await Bulk(new { action = "extend", by = "1mo", filter = new { expires_on = "2027-01-31" } }));
        var after = await Histogram();
        Assert.Equal(4, after["2027-02-28"]);
        Assert.Equal(2, after["2027-01-31"]);
        Assert.Equal((2, 2), await Bulk(new { action = "extend", to = "2027-02-28", filter = new { expires_on = "2027-02-01" } }));
        Assert.Equal((3, 3), await Bulk(new { action = "remove_expiry", filter = new { expires_on = "2027-02-28", scope = "read_user" } }));
        Assert.Equal(3, (await Histogram())["2027-02-28"]);
        Assert.Equal((3, 3), await Bulk(new { action = "revoke", filter = new { expires_on = "2027-02-28" } }));
        Assert.Equal((1, 1), await Bulk(new { action = "revoke", filter = new { ids = (long[])[alone] } }));
        Assert.Equal(401, (await own.Client("bulk-token-number-000000").Get("user")).Status);
        Assert.Equal(200, (await own.Client("bulk-token-number-000001").Get("user")).Status);

        var audit = (await client.Get($"{Root}/audit")).Body.GetProperty("items").EnumerateArray().Where(row => row.GetProperty("action").GetString()!.StartsWith("token.bulk.", StringComparison.Ordinal)).ToList();
        Assert.Equal(["token.bulk.revoke", "token.bulk.revoke", "token.bulk.remove_expiry", "token.bulk.extend", "token.bulk.extend"], audit.Select(row => row.GetProperty("action").GetString()));
        // Of one token alone the row is found from the token, too.
        Assert.Equal([alone, null, null, null, null], audit.Select(row => row.GetProperty("target_id").ValueKind == JsonValueKind.Null ? (long?)null : row.GetProperty("target_id").GetInt64()));
        Assert.All(audit, row => Assert.Equal("root", row.GetProperty("actor").GetString()));
    }

    [Fact]
    public async Task What_was_moved_from_one_day_to_another_is_moved_back_and_nothing_else_is()
    {
        await using var own = await PatrolApp.Start();
        var client = own.Client();
        var day = new DateTimeOffset(2027, 1, 31, 0, 0, 0, TimeSpan.Zero);
        var one = await own.Give("moved-token-number-00001", expiresAt: day);
        var revoked = await own.Give("moved-token-revoked-0001", expiresAt: day, revoked: true);
        var other = await own.Give("moved-token-of-others-01", expiresAt: day);
        var eternal = await own.Give("moved-token-eternal-0001");

        async Task<string> Bulk(object request)
        {
            var (status, body) = await client.Post($"{Root}/tokens/bulk", request);
            return status == 200 ? $"{body.GetProperty("matched")} {body.GetProperty("changed")}" : $"{status} {body.GetProperty("detail").GetString()}";
        }
        async Task<string> Days() => string.Join(' ', (await client.Get($"{Root}/tokens?id={one.Id}&id={revoked.Id}&id={other.Id}&id={eternal.Id}")).Body
            .GetProperty("items").EnumerateArray().Select(token => token.GetProperty("expires_at").GetString() ?? "never"));
        long[] ids = [one.Id, revoked.Id, eternal.Id];
        Assert.Equal("2 0", await Bulk(new { action = "move_expiry", from = "2027-01-31", to = "2027-02-28", filter = new { ids }, dry_run = true }));
        Assert.Equal("2 2", await Bulk(new { action = "move_expiry", from = "2027-01-31", to = "2027-02-28", filter = new { ids } }));
        Assert.Equal("2027-02-28 2027-02-28 2027-01-31 never", await Days());
        Assert.Equal("0 0", await Bulk(new { action = "move_expiry", from = "2027-01-31", to = "2027-02-28", filter = new { ids } }));
        Assert.Equal("2 2", await Bulk(new { action = "move_expiry", from = "2027-02-28", to = (string?)null, filter = new { ids } }));
        Assert.Equal("never never 2027-01-31 never", await Days());
        Assert.Equal("2 2", await Bulk(new { action = "move_expiry", from = (string?)null, to = "2027-01-31", filter = new { ids = (long[])[one.Id, revoked.Id] } }));
        Assert.Equal("2027-01-31 2027-01-31 2027-01-31 never", await Days());
        Assert.Equal("0 0", await Bulk(new { action = "move_expiry", from = "2027-01-31", to = "2027-02-28", filter = new { ids = Array.Empty<long>() } }));
        Assert.StartsWith("400 to is not in the future", await Bulk(new { action = "move_expiry", from = "2027-01-31", to = "2026-11-22", filter = new { ids } }), StringComparison.Ordinal);
        Assert.StartsWith("400 from and to, two different days", await Bulk(new { action = "move_expiry", from = "2027-01-31", to = "2027-01-31", filter = new { ids } }), StringComparison.Ordinal);
        Assert.StartsWith("400 from belongs to move_expiry", await Bulk(new { action = "revoke", from = "2027-01-31", filter = new { ids } }), StringComparison.Ordinal);
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
