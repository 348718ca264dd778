using System.Net;
using System.Security.Cryptography;
using System.Text;
using Patrol.Core.Tokens;
using Patrol.Server.Webhooks;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Webhooks;

/// <summary>Webhooks for tokens that are about to end: who is called, with what, and what is never called.</summary>
public sealed class WebhookTests
{
    private const string SigningToken = "whsec_dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q=";

    [Theory, ClassData(typeof(Engines))]
    public async Task Projects_groups_above_and_the_instance_are_called_with_GitLabs_payload(Engine engine)
    {
        await using var receiver = await HookReceiver.Start();
        await using var app = await PatrolApp.Start(engine, "--public-url=https://patrol.example.com");
        var root = app.Client();
        await Allow(app);
        var (top, project) = await Tree(app);
        var other = await app.AddProject();
        foreach (var (hooks, at) in ((string, string)[])
            [($"projects/{project}/hooks", "/project"), ($"groups/{top}/hooks", "/group"), ("hooks", "/instance"), ($"projects/{other}/hooks", "/other")])
            await Add(root, hooks, receiver.Address + at);
        await Add(root, $"projects/{project}/hooks", receiver.Address + "/deaf", new { resource_access_token_events = false });
        var bot = await app.AddBotUser(isGroup: false, project);
        var token = await app.AddEndingToken(bot, "pipeline", "2026-11-27T00:00Z", TokenKind.Project);
        await app.AddEndingToken(bot, "later", "2026-12-20T00:00Z", TokenKind.Project);
        await app.AddEndingToken(await app.AddUser(), "personal", "2026-11-27T00:00Z");
        await app.PassTo("2026-11-23T01:00Z");
        Assert.Equal(["/group", "/instance", "/project"], receiver.Calls.Select(call => call.Path).Order(StringComparer.Ordinal));
        var path = (await root.Get($"projects/{project}")).Body.GetProperty("path_with_namespace").GetString()!;
        foreach (var call in receiver.Calls)
        {
            var json = call.Json;
            Assert.Equal(["event_name", "object_attributes", "object_kind", "project"], json.Keys());
            Assert.Equal(("access_token", "expiring_access_token"), (json.GetProperty("object_kind").GetString(), json.GetProperty("event_name").GetString()));
            Assert.Equal(
                $$"""{"user_id":{{bot}},"created_at":"2026-11-22 12:00:00 UTC","id":{{token.Id}},"name":"pipeline","expires_at":"2026-11-27"}""",
                json.GetProperty("object_attributes").GetRawText());
            Assert.Equal((project, path, $"https://patrol.example.com/{path}"), (json.GetProperty("project").Id(),
                json.GetProperty("project").GetProperty("path_with_namespace").GetString(), json.GetProperty("project").GetProperty("web_url").GetString()));
            Assert.Equal(call.Path == "/instance" ? "System Hook" : "Resource Access Token Hook", call.Headers["X-Gitlab-Event"]);
            Assert.Equal("https://patrol.example.com", call.Headers["X-Gitlab-Instance"]);
            Assert.Equal("application/json", call.Headers["Content-Type"]);
            Assert.DoesNotContain("X-Gitlab-Token", call.Headers.Keys);
        }
        // Once, as with mails.
        await app.PassTo("2026-11-24T01:00Z");
        Assert.Equal(3, receiver.Calls.Count);
    }

    [Fact]
    public async Task A_groups_token_calls_with_the_group()
    {
        await using var receiver = await HookReceiver.Start();
        await using var app = await PatrolApp.Start();
        var group = await app.AddGroup("acme");
        await Allow(app);
        await Add(app.Client(), $"groups/{group}/hooks", receiver.Address);
        await app.AddEndingToken(await app.AddBotUser(isGroup: true, group), "mirror", "2026-11-27T00:00Z", TokenKind.Group);
        await app.PassTo("2026-11-23T01:00Z");
        Assert.Equal($$"""{"group_name":"acme","group_path":"acme","full_path":"acme","group_id":{{group}}}""", Assert.Single(receiver.Calls).Json.GetProperty("group").GetRawText());
    }

    [Fact]
    public async Task A_call_carries_the_secret_token_and_a_signature_and_is_tried_again_until_it_is_taken()
    {
        await using var receiver = await HookReceiver.Start();
        await using var app = await PatrolApp.Start();
        await Allow(app);
        var (_, project) = await Tree(app);
        await Add(app.Client(), $"projects/{project}/hooks", receiver.Address, new { token = "a secret", signing_token = SigningToken });
        await app.AddEndingToken(await app.AddBotUser(isGroup: false, project), "signed", "2026-11-27T00:00Z", TokenKind.Project);
        var answers = new Queue<int>([500, 302, 404]);
        receiver.Answers = _ => answers.TryDequeue(out var status) ? status : 204;
        foreach (var minute in (int[])[0, 1, 3, 7, 30])
            await app.PassTo(NightKit.At("2026-11-23T01:00Z").AddMinutes(minute));
        Assert.Equal(4, receiver.Calls.Count);
        Assert.Single(receiver.Calls.Select(call => call.Headers["Idempotency-Key"]).Distinct());
        Assert.Single(receiver.Calls.Select(call => call.Body).Distinct());
        Assert.Equal(4, receiver.Calls.Select(call => call.Headers["webhook-timestamp"]).Distinct().Count());
        foreach (var call in receiver.Calls)
        {
            Assert.Equal("a secret", call.Headers["X-Gitlab-Token"]);
            Assert.Equal(call.Headers["Idempotency-Key"], call.Headers["webhook-id"]);
            var signed = HMACSHA256.HashData("testtesttesttesttesttesttesttest"u8, Encoding.UTF8.GetBytes($"{call.Headers["webhook-id"]}.{call.Headers["webhook-timestamp"]}.{call.Body}"));
            Assert.Equal($"v1,{Convert.ToBase64String(signed)}", call.Headers["webhook-signature"]);
        }
        var stored = await app.Rows<string>("SELECT hex(secret) || hex(signing_key) FROM hooks");
        Assert.DoesNotContain(Convert.ToHexString("a secret"u8), Assert.Single(stored), StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexString("testtest"u8), stored[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Members_webhooks_do_not_lead_into_the_local_network_unless_that_is_allowed()
    {
        await using var receiver = await HookReceiver.Start();
        await using var app = await PatrolApp.Start();
        var (_, project) = await Tree(app);
        foreach (var url in (string[])[receiver.Address, "http://localhost/", "http://[::1]/", "http://10.1.2.3/", "http://169.254.169.254/latest/meta-data", "http://0.0.0.0/", "http://2130706433/", "http://[::ffff:127.0.0.1]/"])
        {
            var (status, body) = await app.Client().Post($"projects/{project}/hooks", new { url });
            Assert.True(status == 422 && body.GetProperty("error").GetString()!.Contains("allow_local_requests_from_web_hooks_and_services", StringComparison.Ordinal), $"{url}: {status} {body}");
        }
        // Allowed when it was made, no more when it is called; and a name that leads there.
        await Allow(app);
        await Add(app.Client(), $"projects/{project}/hooks", receiver.Address);
        await Add(app.Client(), $"projects/{project}/hooks", receiver.Address.Replace("127.0.0.1", "localhost", StringComparison.Ordinal));
        Assert.Equal(200, (await app.Client().Put("application/settings", new { allow_local_requests_from_web_hooks_and_services = false })).Status);
        await app.AddEndingToken(await app.AddBotUser(isGroup: false, project), "inside", "2026-11-27T00:00Z", TokenKind.Project);
        await app.PassTo("2026-11-23T01:00Z");
        Assert.Empty(receiver.Calls);
        Assert.Equal(2, await app.Count("SELECT count(*) FROM outbox WHERE failure = 'Requests to the local network are not allowed.'"));
        await Allow(app);
        await app.PassTo("2026-11-23T01:05Z");
        Assert.Equal(2, receiver.Calls.Count);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.255.0.1", true)]
    [InlineData("172.31.9.9", true)]
    [InlineData("172.32.0.1", false)]
    [InlineData("192.168.1.1", true)]
    [InlineData("169.254.169.254", true)]
    [InlineData("100.64.0.1", true)]
    [InlineData("224.0.0.1", true)]
    [InlineData("255.255.255.255", true)]
    [InlineData("8.8.8.8", false)]
    [InlineData("::1", true)]
    [InlineData("::", true)]
    [InlineData("::ffff:10.0.0.1", true)]
    [InlineData("64:ff9b::7f00:1", true)]
    [InlineData("fd00::1", true)]
    [InlineData("fe80::1", true)]
    [InlineData("2606:4700::1111", false)]
    public void Local_addresses_are_known(string address, bool local) => Assert.Equal(local, LocalNetwork.Holds(IPAddress.Parse(address)));

    [Fact]
    public async Task Webhooks_are_managed_as_in_GitLab_by_those_who_manage_the_place()
    {
        await using var app = await PatrolApp.Start();
        var (_, project) = await Tree(app);
        var group = await app.AddGroup();
        var (maintainer, developer) = (await app.AddUser(), await app.AddUser());
        await app.AddMember($"projects/{project}", maintainer, 40);
        await app.AddMember($"groups/{group}", maintainer, 40);
        await app.AddMember($"projects/{project}", developer, 30);
        var by = await app.As(maintainer);
        var hooks = $"projects/{project}/hooks";
        var (status, made) = await by.Post(hooks, new { url = "https://chat.example.com/x", resource_access_token_events = true, token = "t", name = "chat", push_events = true });
        Assert.Equal(201, status);
        Assert.Equal((project, true, true, false, "chat"), (made.GetProperty("project_id").GetInt64(), made.GetProperty("resource_access_token_events").GetBoolean(),
            made.GetProperty("token_present").GetBoolean(), made.GetProperty("signing_token_present").GetBoolean(), made.GetProperty("name").GetString()));
        Assert.DoesNotContain("\"t\"", made.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(1, (await by.Get(hooks)).Body.GetArrayLength());
        var (changedStatus, changed) = await by.Put($"{hooks}/{made.Id()}", new { url = "https://chat.example.com/y", token = "", signing_token = SigningToken });
        Assert.Equal((200, "https://chat.example.com/y", false, true, true), (changedStatus, changed.GetProperty("url").GetString(), changed.GetProperty("token_present").GetBoolean(),
            changed.GetProperty("signing_token_present").GetBoolean(), changed.GetProperty("resource_access_token_events").GetBoolean()));
        Assert.Equal(403, (await (await app.As(developer)).Get(hooks)).Status);
        Assert.Equal(403, (await by.Post($"groups/{group}/hooks", new { url = "https://chat.example.com" })).Status);
        Assert.Equal(403, (await by.Get("hooks")).Status);
        Assert.Equal(404, (await app.Client().Get($"groups/{group}/hooks/{made.Id()}")).Status);
        Assert.Equal(400, (await by.Post(hooks, new { resource_access_token_events = true })).Status);
        Assert.Equal(422, (await by.Post(hooks, new { url = "ftp://chat.example.com" })).Status);
        Assert.Equal(400, (await by.Post(hooks, new { url = "https://chat.example.com", signing_token = "whsec_short" })).Status);
        Assert.Equal(400, (await by.Post(hooks, new { url = "https://chat.example.com", token = "two\r\nlines" })).Status);
        Assert.Equal(204, (await by.Delete($"{hooks}/{made.Id()}")).Status);
        Assert.Equal(404, (await by.Get($"{hooks}/{made.Id()}")).Status);
    }

    [Fact]
    public async Task A_webhook_that_is_led_elsewhere_does_not_take_its_secrets_along()
    {
        await using var app = await PatrolApp.Start();
        var (_, project) = await Tree(app);
        var hooks = $"projects/{project}/hooks";
        const string there = "https://chat.example.com/x";
        var id = (await app.Client().Post(hooks, new { url = there, token = "a secret", signing_token = SigningToken })).Body.Id();
        async Task<(bool, bool)> Change(object change)
        {
            var (status, hook) = await app.Client().Put($"{hooks}/{id}", change);
            Assert.Equal(200, status);
            return (hook.GetProperty("token_present").GetBoolean(), hook.GetProperty("signing_token_present").GetBoolean());
        }
        Assert.Equal((true, true), await Change(new { url = there, name = "the same place" }));
        Assert.Equal((false, true), await Change(new { url = "https://evil.example/1", signing_token = SigningToken }));
        Assert.Equal((true, false), await Change(new { url = "https://evil.example/2", token = "another" }));
        Assert.Equal((false, false), await Change(new { url = there }));
    }

    [Fact]
    public async Task Webhooks_go_with_their_project_or_group()
    {
        await using var app = await PatrolApp.Start();
        var (top, project) = await Tree(app);
        await Add(app.Client(), $"projects/{project}/hooks", "https://chat.example.com");
        await Add(app.Client(), $"groups/{top}/hooks", "https://chat.example.com");
        Assert.Equal(202, (await app.Client().Delete($"groups/{top}")).Status);
        Assert.Equal(0, await app.Count("SELECT count(*) FROM hooks"));
    }

    private static async Task<(long Top, long Project)> Tree(PatrolApp app)
    {
        var top = await app.AddGroup();
        return (top, await app.AddProject(await app.AddGroup(parent: top)));
    }

    private static async Task Allow(PatrolApp app) =>
        Assert.Equal(200, (await app.Client().Put("application/settings", new { allow_local_requests_from_web_hooks_and_services = true })).Status);

    private static async Task Add(HttpClient client, string path, string url, object? more = null)
    {
        var order = new Dictionary<string, object?>(StringComparer.Ordinal) { ["url"] = url, ["resource_access_token_events"] = true };
        foreach (var property in more?.GetType().GetProperties() ?? [])
            order[property.Name] = property.GetValue(more);
        var (status, body) = await client.Post(path, order);
        Assert.Equal((201, ""), (status, status == 201 ? "" : body.ToString()));
    }
}
