using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire.Doors;

/// <summary>What one server changes the doors of another heed, though they remember who may do what. How soon, <c>PropagationTests</c> says.</summary>
public sealed class NeighbourDoorsTests : IAsyncLifetime
{
    private const string Introspect = "/oauth/introspect";
    private Neighbours servers = null!;
    private HttpClient one = null!;
    private string credentials = null!;

    public async ValueTask InitializeAsync()
    {
        servers = await Neighbours.Start(await SharedPostgres.Get(), line: null, $"--doors={Path.Combine(Repository.Root, "docs/doors/doors.yaml")}");
        one = servers.One.Client();
        var (status, client) = await one.Post("/api/patrol/v1/clients", new { name = "wiki" });
        Assert.Equal(201, status);
        credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{client.GetProperty("client_id")}:{client.GetProperty("client_secret")}"));
        await servers.One.AddProject(await servers.One.AddGroup("team", visibility: "public"), "app");
    }

    [Fact]
    public async Task A_level_that_is_lowered_and_a_membership_that_ends_shut_every_door()
    {
        var (user, token) = await Developer();
        await Becomes(token, "rule 204 204, git 204 204, active, registry pull,push");
        Assert.Equal(200, (await one.Put($"projects/team%2Fapp/members/{user}", new { access_level = 20 })).Status);
        await Becomes(token, "rule 204 403, git 204 403, active, registry pull");
        Assert.Equal(204, (await one.Delete($"projects/team%2Fapp/members/{user}")).Status);
        await Becomes(token, "rule 404 404, git 404 404, active, registry ");
    }

    [Fact]
    public async Task A_project_made_private_is_shut_to_strangers_and_opens_again()
    {
        var stranger = await servers.One.AddToken(await servers.One.AddUser(), "api");
        await Becomes(stranger, "rule 404 404, git 404 404, active, registry ");
        Assert.Equal(200, (await one.Put("projects/team%2Fapp", new { visibility = "public" })).Status);
        await Becomes(stranger, "rule 204 403, git 204 403, active, registry pull");
        Assert.Equal(200, (await one.Put("projects/team%2Fapp", new { visibility = "private" })).Status);
        await Becomes(stranger, "rule 404 404, git 404 404, active, registry ");
    }

    [Fact]
    public async Task A_blocked_user_and_a_revoked_token_are_refused_at_every_door()
    {
        var (user, token) = await Developer();
        await Becomes(token, "rule 204 204, git 204 204, active, registry pull,push");
        Assert.Equal(201, (await one.Post($"users/{user}/block")).Status);
        await Becomes(token, "rule 403 403, git 401 401, inactive, registry refused");
        Assert.Equal(201, (await one.Post($"users/{user}/unblock")).Status);
        await Becomes(token, "rule 204 204, git 204 204, active, registry pull,push");
        var id = (await one.Get($"personal_access_tokens?user_id={user}")).Body[0].GetProperty("id").GetInt64();
        Assert.Equal(204, (await one.Delete($"personal_access_tokens/{id}")).Status);
        await Becomes(token, "rule 401 401, git 401 401, inactive, registry refused");
    }

    [Fact]
    public async Task Whoever_listens_at_the_other_server_hears_of_it()
    {
        var (user, token) = await Developer();
        await Becomes(token, "rule 204 204, git 204 204, active, registry pull,push");
        using var client = new HttpClient();
        using var question = Question(HttpMethod.Get, $"{Introspect}/events", "Basic", credentials);
        using var answer = await client.SendAsync(question, HttpCompletionOption.ResponseHeadersRead);
        await using var events = SseParser.Create(await answer.Content.ReadAsStreamAsync()).EnumerateAsync().GetAsyncEnumerator();
        Assert.True(await Eventually.InTime(events.MoveNextAsync().AsTask()));
        Assert.Equal("ready", events.Current.EventType);
        Assert.Equal(201, (await one.Post($"users/{user}/block")).Status);
        while (events.Current.EventType != "changed" || !JsonDocument.Parse(events.Current.Data).RootElement.GetProperty("users").EnumerateArray().Any(id => id.GetInt64() == user))
            Assert.True(await Eventually.InTime(events.MoveNextAsync().AsTask()));
    }

    [Fact]
    public async Task Credentials_that_are_ended_no_longer_ask_and_the_registry_s_new_key_signs()
    {
        var clients = (await one.Get("/api/patrol/v1/clients")).Body;
        var (_, token) = await Developer();
        await Becomes(token, "rule 204 204, git 204 204, active, registry pull,push");
        Assert.Equal(204, (await one.Delete($"/api/patrol/v1/clients/{clients[0].GetProperty("id")}")).Status);
        await Becomes(token, "rule 204 204, git 204 204, 401, registry pull,push");
        var kid = (await one.Post("/api/patrol/v1/registry/keys")).Body.GetProperty("kid").GetString();
        Assert.Equal(204, (await one.Post($"/api/patrol/v1/registry/keys/{kid}/use")).Status);
        await Eventually.True(async () => Part((await Registry(token)).GetProperty("token").GetString()!, 0).GetProperty("kid").GetString() == kid, "the new key signs");
    }

    public async ValueTask DisposeAsync()
    {
        one.Dispose();
        await servers.DisposeAsync();
    }

    private async Task<(long User, string Token)> Developer()
    {
        var user = await servers.One.AddUser();
        await servers.One.AddMember("projects/team%2Fapp", user, 30);
        return (user, await servers.One.AddToken(user, "api"));
    }

    private async Task Becomes(string token, string expected)
    {
        // Asked twice, so that what is remembered answers.
        await Eventually.True(async () => await Doors(token) == expected && await Doors(token) == expected, expected);
    }

    // What the other server's doors say: a rule and git, reading and writing; introspection; the registry.
    private async Task<string> Doors(string token)
    {
        var rule = $"rule {await Forwarded("/auth/verify", "GET", "/files/team/app/-/a", token)} {await Forwarded("/auth/verify", "PUT", "/files/team/app/-/a", token)}";
        var git = $"git {await Forwarded("/auth/git", "POST", "/team/app.git/git-upload-pack", token)} {await Forwarded("/auth/git", "POST", "/team/app.git/git-receive-pack", token)}";
        using var client = new HttpClient();
        using var question = Question(HttpMethod.Post, Introspect, "Basic", credentials);
        question.Content = new FormUrlEncodedContent([KeyValuePair.Create("token", token)]);
        using var answer = await client.SendAsync(question);
        var introspected = (int)answer.StatusCode != 200 ? $"{(int)answer.StatusCode}"
            : JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("active").GetBoolean() ? "active" : "inactive";
        var registry = await Registry(token);
        var actions = registry.TryGetProperty("token", out var text)
            ? string.Join(',', Part(text.GetString()!, 1).GetProperty("access").EnumerateArray().SelectMany(access => access.GetProperty("actions").EnumerateArray())) : "refused";
        return $"{rule}, {git}, {introspected}, registry {actions}";
    }

    private async Task<int> Forwarded(string door, string method, string path, string token)
    {
        using var client = new HttpClient();
        using var question = Question(HttpMethod.Get, door, "Bearer", token);
        question.Headers.Add("X-Original-URI", path);
        question.Headers.Add("X-Original-Method", method);
        using var answer = await client.SendAsync(question);
        return (int)answer.StatusCode;
    }

    private async Task<JsonElement> Registry(string token)
    {
        using var client = new HttpClient();
        using var question = Question(HttpMethod.Get, "/jwt/auth?service=r&scope=repository:team/app:pull,push", "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"any:{token}")));
        using var answer = await client.SendAsync(question);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }

    private HttpRequestMessage Question(HttpMethod method, string path, string scheme, string parameter)
    {
        var question = new HttpRequestMessage(method, new Uri(servers.Other.Address, path));
        question.Headers.Authorization = new AuthenticationHeaderValue(scheme, parameter);
        return question;
    }

    private static JsonElement Part(string token, int part) => JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[part])).RootElement;
}
