using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Patrol.Server.Storage;
using Patrol.Server.Wire.Doors;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire.Doors;

public sealed class IntrospectionTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private const string Clients = "/api/patrol/v1/clients";
    private readonly PatrolApp app = shared.App;

    [Fact]
    public async Task A_service_learns_what_a_good_token_is_and_of_others_only_that_they_are_not()
    {
        using var service = await Asker();
        var user = await app.AddUser("introspected");
        await app.Give("introspected-token-number-1", "read_api read_user", user, expiresAt: new DateTimeOffset(2027, 1, 2, 0, 0, 0, TimeSpan.Zero));
        var (status, body) = await Ask(service, ("token", "introspected-token-number-1"), ("token_type_hint", "access_token"));
        Assert.Equal(200, status);
        Assert.True(body.GetProperty("active").GetBoolean());
        Assert.Equal("read_api read_user", body.GetProperty("scope").GetString());
        Assert.Equal("introspected", body.GetProperty("username").GetString());
        Assert.Equal(user.ToString(), body.GetProperty("sub").GetString());
        Assert.Equal("Bearer", body.GetProperty("token_type").GetString());
        Assert.Equal(new DateTimeOffset(2027, 1, 2, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds(), body.GetProperty("exp").GetInt64());
        Assert.Equal(app.Clock.GetUtcNow().ToUnixTimeSeconds(), body.GetProperty("iat").GetInt64());

        await app.Give("introspected-token-expired-1", expiresAt: app.Clock.GetUtcNow());
        await app.Give("introspected-token-revoked-1", revoked: true);
        foreach (var text in (string[])["introspected-token-expired-1", "introspected-token-revoked-1", "introspected-token-of-nobody", "", new string('x', 5_000)])
            Assert.Equal("""{"active":false}""", (await Ask(service, ("token", text))).Body.GetRawText());
    }

    [Fact]
    public async Task Only_services_with_good_credentials_may_ask()
    {
        var (id, secret) = await Register();
        foreach (var (user, password) in ((string, string)[])[(id, "wrong"), ("client-999999", secret), ("1", secret), ("", secret), (id, ""), ("root", PatrolApp.RootToken)])
        {
            using var client = new HttpClient();
            client.DefaultRequestHeaders.Authorization = Basic(user, password);
            using var answer = await client.PostAsync(new Uri(app.Address, "/oauth/introspect"), Form(("token", PatrolApp.RootToken)));
            Assert.Equal((401, "Basic realm=\"Patrol\""), ((int)answer.StatusCode, answer.Headers.WwwAuthenticate.ToString()));
            Assert.Equal("invalid_client", JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("error").GetString());
        }
        using var bare = new HttpClient();
        Assert.Equal(401, (await Ask(bare, ("token", PatrolApp.RootToken))).Status);
        Assert.Equal(200, (await Ask(bare, ("token", PatrolApp.RootToken), ("client_id", id), ("client_secret", secret))).Status);
        Assert.Equal(401, (await Ask(bare, ("token", PatrolApp.RootToken), ("client_id", id), ("client_secret", "x"))).Status);
        bare.DefaultRequestHeaders.Add("PRIVATE-TOKEN", PatrolApp.RootToken);
        Assert.Equal(401, (await Ask(bare, ("token", PatrolApp.RootToken))).Status);
    }

    [Fact]
    public async Task Administrators_make_list_and_end_credentials()
    {
        using var root = app.Client();
        var (id, secret) = await Register("the wiki");
        var listed = (await root.Get(Clients)).Body.EnumerateArray().Single(one => one.GetProperty("client_id").GetString() == id);
        Assert.Equal(("the wiki", 1), (listed.GetProperty("name").GetString(), listed.GetProperty("created_by").GetInt64()));
        Assert.DoesNotContain(secret, (await root.Get(Clients)).Body.GetRawText(), StringComparison.Ordinal);
        using var service = Client(id, secret);
        Assert.Equal(200, (await Ask(service, ("token", "x"))).Status);
        var number = listed.GetProperty("id").GetInt64();
        Assert.Equal((204, 404), ((await root.Delete($"{Clients}/{number}")).Status, (await root.Delete($"{Clients}/{number}")).Status));
        Assert.Equal(401, (await Ask(service, ("token", "x"))).Status);
        Assert.Equal((400, 400), ((await root.Post(Clients, new { name = " " })).Status, (await root.Post(Clients, new { name = new string('x', 256) })).Status));
        using var somebody = await app.As(await app.AddUser());
        Assert.Equal((403, 403), ((await somebody.Get(Clients)).Status, (await somebody.Post(Clients, new { name = "x" })).Status));
        Assert.Equal(2, await app.Count($"SELECT count(*) FROM audit WHERE target_kind = 'client' AND target_id = {number}"));
    }

    [Fact]
    public async Task Up_to_a_thousand_tokens_are_asked_for_at_once()
    {
        using var service = await Asker();
        var good = await app.AddToken(1, "read_user");
        var tokens = Enumerable.Range(0, 1_000).Select(i => i % 2 == 0 ? good : $"no-token-of-anybody-{i}").ToArray();
        var (status, body) = await service.Post("/oauth/introspect", new { tokens });
        Assert.Equal(200, status);
        Assert.Equal([.. Enumerable.Range(0, 1_000).Select(i => i % 2 == 0)], body.GetProperty("results").EnumerateArray().Select(one => one.GetProperty("active").GetBoolean()));
        Assert.Equal("""{"active":false}""", body.GetProperty("results")[1].GetRawText());
        foreach (var wrong in (object[])[new { tokens = (string[])[.. tokens, "x"] }, new { tokens = Array.Empty<string>() }, new { tokens = (string?[])[null] }, new { token = "x" }, new { tokens = "x" }, 1])
            Assert.Equal(400, (await service.Post("/oauth/introspect", wrong)).Status);
    }

    [Fact]
    public async Task A_question_that_cannot_be_read_is_refused()
    {
        using var service = await Asker();
        Assert.Equal(400, (await Ask(service)).Status);
        Assert.Equal(400, (await Ask(service, ("token", "a"), ("token", "b"))).Status);
        foreach (var (type, body) in ((string, string)[])[("text/plain", "token=x"), ("application/json", "{"), ("multipart/form-data; boundary=x", "--x--"), ("multipart/form-data", "token=x"),
            ("application/x-www-form-urlencoded; charset=utf-7", "token=x"), ("application/x-www-form-urlencoded; charset=nonsense", "a=b"), ("application/x-www-form-urlencodedly", "token=x"), ("application/jsonly", "{}"), ("application/json; charset=utf-7", "[]"), ("", "token=x")])
        {
            using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            Assert.Equal(400, (int)(await service.PostAsync(new Uri(app.Address, "/oauth/introspect"), content)).StatusCode);
        }
        Assert.Equal(405, (int)(await service.GetAsync(new Uri(app.Address, "/oauth/introspect"))).StatusCode);
    }

    [Fact]
    public async Task A_service_that_asks_about_bad_tokens_is_not_shut_out()
    {
        await using var own = await PatrolApp.Start("--Patrol:Ban:MaximumFailures=3", "--Patrol:Ban:ExemptLoopback=false");
        var (id, secret) = await Register(by: own);
        using var service = new HttpClient { BaseAddress = own.Address };
        service.DefaultRequestHeaders.Authorization = Basic(id, secret);
        for (var i = 0; i < 10; i++)
            Assert.Equal(200, (await Ask(service, ("token", $"no-token-of-anybody-{i}"))).Status);
        Assert.True((await Ask(service, ("token", PatrolApp.RootToken))).Body.GetProperty("active").GetBoolean());
    }

    [Fact]
    public async Task A_service_that_listens_hears_of_what_is_revoked()
    {
        using var service = await Asker();
        var user = await app.AddUser();
        var token = await app.Give("listened-to-token-number-1", userId: user);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(app.Address, "/oauth/introspect/events"));
        using var answer = await service.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        await using var events = SseParser.Create(await answer.Content.ReadAsStreamAsync()).EnumerateAsync().GetAsyncEnumerator();
        Assert.Equal("ready", (await Next("ready")).EventType);
        await app.Revoke(token);
        Assert.Contains(token.Id, (await Next("changed")).Data.GetProperty("tokens").EnumerateArray().Select(id => id.GetInt64()));
        Assert.Equal(201, (await app.Client().Post($"users/{user}/block")).Status);
        Assert.Contains(user, (await Next("changed")).Data.GetProperty("users").EnumerateArray().Select(id => id.GetInt64()));
        await app.Change(settings => settings with { ImpersonationEnabled = settings.ImpersonationEnabled });
        Assert.True((await Next("changed")).Data.GetProperty("everything").GetBoolean());
        Assert.Equal("alive", (await Next("alive")).EventType);
        using var nobody = new HttpClient();
        Assert.Equal(401, (int)(await nobody.GetAsync(new Uri(app.Address, "/oauth/introspect/events"))).StatusCode);

        // Other tests on this server change things, too.
        async Task<(string EventType, JsonElement Data)> Next(string type)
        {
            while (await Eventually.InTime(events.MoveNextAsync().AsTask()))
            {
                if (events.Current.EventType == type)
                    return (type, JsonDocument.Parse(events.Current.Data).RootElement);
            }
            throw new InvalidOperationException($"The feed ended before {type}.");
        }
    }

    /// <summary>Else services would take a server on which something changes all the time for one that does not hear.</summary>
    [Fact]
    public async Task The_feed_says_that_it_is_alive_while_changes_never_cease()
    {
        using var service = await Asker();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(app.Address, "/oauth/introspect/events"));
        using var answer = await service.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var never = new CancellationTokenSource(Eventually.Deadline);
        var feed = app.Services.GetRequiredService<RevocationFeed>();
        // More than lies on the line, so that at the server something waits at every moment; and less than a listener may be behind.
        var large = new Changes { Tokens = [.. Enumerable.Range(0, 1_000).Select(i => long.MaxValue - i)] };
        var alive = 0;
        await foreach (var told in SseParser.Create(await answer.Content.ReadAsStreamAsync()).EnumerateAsync(never.Token))
        {
            for (var i = 0; told.EventType == "ready" ? i < 900 : i < 1 && told.EventType == "changed"; i++)
                await feed.Apply(large);
            alive += told.EventType == "alive" ? 1 : 0;
            if (alive == 2)
                break;
        }
        Assert.Equal(2, alive);
    }

    [Fact]
    public async Task Metrics_count_what_the_doors_answer_without_names_or_ids()
    {
        await using var own = await PatrolApp.Start();
        using var client = own.Client();
        Assert.Equal(204, (int)(await client.GetAsync(new Uri(own.Address, "/auth/verify"))).StatusCode);
        using var nobody = own.Client(null);
        Assert.Equal(401, (int)(await nobody.GetAsync(new Uri(own.Address, "/auth/verify"))).StatusCode);
        var metrics = await client.GetStringAsync(new Uri(own.Address, "/metrics"));
        Assert.Contains("patrol_door_answers_total{door=\"verify\",outcome=\"opened\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("patrol_door_answers_total{door=\"verify\",outcome=\"unauthenticated\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("patrol_door_answer_seconds_count{door=\"verify\"} 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("patrol_token_cache_hits_total ", metrics, StringComparison.Ordinal);
        Assert.Contains("patrol_tokens{state=\"active\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("patrol_tokens{state=\"revoked\"} 0\n", metrics, StringComparison.Ordinal);
        Assert.Contains("patrol_token_cliff_days{cliff=\"1\"} 365\n", metrics, StringComparison.Ordinal);
        Assert.Contains("patrol_outbox_items 0\n", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("root", metrics, StringComparison.Ordinal);
    }

    private async Task<(string Id, string Secret)> Register(string name = "service", PatrolApp? by = null)
    {
        var (status, body) = await (by ?? app).Client().Post(Clients, new { name });
        Assert.Equal(201, status);
        return (body.GetProperty("client_id").GetString()!, body.GetProperty("client_secret").GetString()!);
    }

    private async Task<HttpClient> Asker()
    {
        var (id, secret) = await Register();
        return Client(id, secret);
    }

    private HttpClient Client(string id, string secret)
    {
        var client = new HttpClient { BaseAddress = app.Address };
        client.DefaultRequestHeaders.Authorization = Basic(id, secret);
        return client;
    }

    private async Task<(int Status, JsonElement Body)> Ask(HttpClient client, params (string, string)[] fields)
    {
        using var answer = await client.PostAsync(new Uri(client.BaseAddress ?? app.Address, "/oauth/introspect"), Form(fields));
        return ((int)answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement);
    }

    private static FormUrlEncodedContent Form(params (string Key, string Value)[] fields) => new(fields.Select(field => KeyValuePair.Create(field.Key, field.Value)));

    private static AuthenticationHeaderValue Basic(string user, string password) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
}
