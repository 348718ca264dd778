using System.Text;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire.Doors;

/// <summary>The recipes for services behind proxies, with the real proxies.</summary>
public sealed class ProxyTests
{
    public enum Proxy
    {
        Nginx,
        Caddy,
        HaProxy,
    }

    [Theory, CombinatorialProxies]
    public async Task A_service_behind_a_proxy_learns_who_it_is_and_never_gets_the_token(Proxy kind)
    {
        await using var door = await Door.Open(kind);
        var user = await door.Patrol.AddUser("robin");
        await door.Patrol.AddMember($"groups/{await door.Patrol.AddGroup("staff")}", user, 30);
        await door.Patrol.AddMember($"groups/{await door.Patrol.AddGroup("another")}", user, 10);
        var text = await door.Patrol.AddToken(user, "read_user", "read_api");
        foreach (var (name, value) in ((string, string)[])
        [
            ("Authorization", $"Bearer {text}"), ("Authorization", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"any:{text}"))}"),
            ("PRIVATE-TOKEN", text), ("X-Api-Key", text), ("X-Build-Token", text), ("Cookie", $"theme=dark; access_token={text}; lang=ja"),
        ])
        {
            using var answer = await door.Ask(HttpMethod.Post, "/wiki/page?x=1", (name, value),
                ("X-Patrol-User", "root"), ("X-Patrol-User-Id", "1"), ("X-Patrol-Groups", "admins"), ("X-Patrol-Scopes", "sudo"), ("X-Patrol-Token-Id", "1"),
                ("X-Patrol-Expires-At", "2099-01-01"), ("X_Patrol_User", "root"), ("x-patrol_user", "root"), ("X_PATROL_GROUPS", "admins"));
            Assert.Equal((200, "the service"), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
            Assert.True(door.Service.Received.TryDequeue(out var received));
            Assert.Equal(("POST", "/wiki/page?x=1"), (received.Method, received.Target));
            Assert.Equal("robin", received.Headers["X-Patrol-User"]);
            Assert.Equal(user.ToString(), received.Headers["X-Patrol-User-Id"]);
            Assert.Equal("another,staff", received.Headers["X-Patrol-Groups"]);
            Assert.Equal("read_user read_api", received.Headers["X-Patrol-Scopes"]);
            Assert.NotEqual("1", received.Headers["X-Patrol-Token-Id"]);
            var all = received.ToString();
            Assert.DoesNotContain(text, all, StringComparison.Ordinal);
            Assert.DoesNotContain("root", all, StringComparison.Ordinal);
            Assert.DoesNotContain("admins", all, StringComparison.Ordinal);
            Assert.DoesNotContain("2099", all, StringComparison.Ordinal);
            Assert.False(received.Headers.ContainsKey("Authorization"));
            if (name == "Cookie")
                Assert.Equal("theme=dark; lang=ja", received.Headers["Cookie"]);
        }
    }

    [Theory, CombinatorialProxies]
    public async Task Where_a_path_is_public_the_service_gets_neither_a_token_nor_an_invented_name(Proxy kind)
    {
        await using var door = await Door.Open(kind);
        const string invented = "a-text-that-is-no-token-of-anybody";
        foreach (var cookie in (string[])[$"access_token={invented}", $"access_token={invented}; access_token={invented}; a=b; access_token=x", $"a=b;access_token={invented}"])
        {
            using var answer = await door.Ask(HttpMethod.Get, "/health", ("Authorization", $"Bearer {invented}"), ("X-Api-Key", invented), ("Cookie", cookie), ("X-Patrol-User", "root"));
            Assert.Equal(200, (int)answer.StatusCode);
            Assert.True(door.Service.Received.TryDequeue(out var received));
            Assert.DoesNotContain(invented, received.ToString(), StringComparison.Ordinal);
            Assert.Equal("", received.Headers.GetValueOrDefault("X-Patrol-User", ""));
        }
    }

    [Theory, CombinatorialProxies]
    public async Task What_the_rules_refuse_does_not_reach_the_service(Proxy kind)
    {
        await using var door = await Door.Open(kind);
        var (stranger, reader) = (await door.Patrol.AddUser(), await door.Patrol.AddUser());
        var group = await door.Patrol.AddGroup("team");
        await door.Patrol.AddProject(group, "hidden");
        await door.Patrol.AddProject(await door.Patrol.AddGroup("open", visibility: "public"), "shown", "public");
        await door.Patrol.AddMember("projects/team%2Fhidden", reader, 20);
        var (strange, reads) = (await door.Patrol.AddToken(stranger, "api"), await door.Patrol.AddToken(reader, "api"));
        var narrow = await door.Patrol.AddToken(reader, "read_user");
        await door.Patrol.Give("an-expired-token-of-somebody", expiresAt: door.Patrol.Clock.GetUtcNow());

        await Expect(401, "/wiki/x", null);
        await Expect(401, "/wiki/x", "an-expired-token-of-somebody");
        await Expect(401, "/wiki/x", "nobody-ever-made-this-token");
        await Expect(404, "/wiki/x", strange);
        await Expect(403, "/nothing/here", reads);
        await Expect(401, "/files/team/hidden/-/a.txt", null);
        await Expect(404, "/files/team/hidden/-/a.txt", strange);
        await Expect(404, "/files/team/missing/-/a.txt", strange);
        await Expect(200, "/files/team/hidden/-/a.txt", reads);
        await Expect(403, "/files/team/hidden/-/a.txt", narrow);
        await Expect(403, "/files/team/hidden/-/a.txt", reads, HttpMethod.Put);
        await Expect(200, "/files/open/shown/-/a.txt", null);
        await Expect(401, "/files/open/shown/-/a.txt", null, HttpMethod.Put);
        await Expect(403, "/files/open/shown/-/a.txt", strange, HttpMethod.Put);
        using var several = await door.Ask(HttpMethod.Get, "/wiki/x", ("Authorization", $"Bearer {strange}"), ("PRIVATE-TOKEN", reads));
        Assert.Equal(400, (int)several.StatusCode);
        using var overlong = await door.Ask(HttpMethod.Get, "/wiki/x", ("PRIVATE-TOKEN", new string('x', 1_001)));
        Assert.Equal(400, (int)overlong.StatusCode);
        Assert.Equal(2, door.Service.Received.Count);

        async Task Expect(int status, string path, string? token, HttpMethod? method = null)
        {
            using var answer = await door.Ask(method ?? HttpMethod.Get, path, token is null ? [] : [("Authorization", $"Bearer {token}")]);
            Assert.True((int)answer.StatusCode == status, $"{path} with {token}: {(int)answer.StatusCode} rather than {status}");
            if (status == 401)
                Assert.StartsWith("Bearer realm=\"Patrol\"", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory, CombinatorialProxies]
    public async Task A_browser_without_a_token_is_led_to_sign_in(Proxy kind)
    {
        await using var door = await Door.Open(kind);
        using var answer = await door.Ask(HttpMethod.Get, "/wiki/a?b=c&d", ("Accept", "text/html,application/xhtml+xml"));
        Assert.Equal(302, (int)answer.StatusCode);
        Assert.Equal($"https://login.example.com/?return_to={Uri.EscapeDataString($"{door.Address}wiki/a?b=c&d")}", answer.Headers.Location!.OriginalString);
        using var program = await door.Ask(HttpMethod.Get, "/wiki/a", ("Accept", "*/*"));
        Assert.Equal(401, (int)program.StatusCode);
    }

    /// <summary>Each would reach what needs a token if proxy, Patrol and service read it differently.</summary>
    [Theory, CombinatorialProxies]
    public async Task No_spelling_of_a_path_opens_what_the_plain_path_would_not(Proxy kind)
    {
        await using var door = await Door.Open(kind);
        foreach (var path in (string[])
        [
            "/assets/../wiki/x", "/assets/%2e%2e/wiki/x", "/assets/%2E./wiki/x", "/assets/..%2fwiki/x", "/assets/..%2Fwiki/x", "/assets%2f..%2fwiki/x", "/assets/%252e%252e/wiki/x",
            "/assets/..%5cwiki/x", "/assets\\..\\wiki\\x", "/assets/./../wiki/x", "/assets/..;/wiki/x", "/assets/..;a=b/wiki/x", "/assets/%2e%2e;/wiki/x", "/assets//../wiki/x",
            "//wiki/x", "/wiki//x", "/./wiki/x", "/wiki/./x", "/assets/..", "/assets/../", "/health/../wiki/x", "/health/", "/health;/../wiki", "/health%00/../wiki", "/health%3f/../wiki/x",
            "/HEALTH", "/Health", "/ASSETS/../wiki", "/Assets/x", "/WIKI/x", "/Wiki/x", "/w%69ki/x", "/w%49ki/x", "/wiki%20/x", "/wiki./x", "/wiki/x/.", "/wiki%2fx",
            "/assets/\u00ef\u00bc\u008e\u00ef\u00bc\u008e/wiki/x", "/assets/%ef%bc%8e%ef%bc%8e/wiki/x", "/assets%ef%bc%8f..%ef%bc%8fwiki/x", "/assets/%c0%ae%c0%ae/wiki/x", "/%ef%bd%97iki/x",
            "/health#/../wiki/x", "/%68ealth/../wiki/x", "/health%23", "/assets/%e2%80%a5/wiki/x", "*", "wiki/x", "http://127.0.0.1/wiki/x", "http://127.0.0.1/assets/../wiki/x", "/assets/%2e%2e%2f%2e%2e%2fwiki",
        ])
        {
            foreach (var more in (string[])["", "X-Original-URI: /health\r\n", "X-Forwarded-Uri: /health\r\nX-Forwarded-Method: GET\r\n", "X-Forwarded-Host: elsewhere.example\r\n"])
            {
                var answer = await RawHttp.Send(door.Address, $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{more}\r\n", hangUp: false);
                Assert.True(answer.StartsWith("HTTP/1.1 4", StringComparison.Ordinal), $"{path} {more} got\n{answer}\nwhich the service saw as {door.Service.Received.LastOrDefault()}");
            }
        }
        Assert.Empty(door.Service.Received);
        using var plain = await door.Ask(HttpMethod.Get, "/assets/a%20b.css");
        Assert.Equal(200, (int)plain.StatusCode);
    }

    [Theory, CombinatorialProxies]
    public async Task Headers_about_the_original_request_that_a_client_sends_decide_nothing(Proxy kind)
    {
        await using var door = await Door.Open(kind);
        foreach (var header in (string[])["X-Original-URI", "X-Forwarded-Uri", "x-original-uri"])
        {
            using var answer = await door.Ask(HttpMethod.Delete, "/wiki/x", (header, "/health"), ("X-Original-Method", "GET"), ("X-Forwarded-Method", "GET"));
            Assert.True((int)answer.StatusCode is 400 or 401, $"{header}: {(int)answer.StatusCode}");
        }
        Assert.Empty(door.Service.Received);
    }

    /// <summary>Headers that <c>Connection</c> names end at a proxy: among them must not be those by which it asks and answers.</summary>
    [Theory, CombinatorialProxies]
    public async Task Headers_that_a_client_declares_to_be_the_line_s_own_are_judged_and_handed_on_all_the_same(Proxy kind)
    {
        await using var door = await Door.Open(kind);
        var user = await door.Patrol.AddUser("robin");
        var text = await door.Patrol.AddToken(user, "read_user");
        Assert.StartsWith("HTTP/1.1 404", await Send(), StringComparison.Ordinal);
        Assert.Empty(door.Service.Received);
        await door.Patrol.AddMember($"groups/{await door.Patrol.AddGroup("staff")}", user, 10);
        Assert.StartsWith("HTTP/1.1 200", await Send(), StringComparison.Ordinal);
        Assert.True(door.Service.Received.TryDequeue(out var received));
        Assert.Equal(("robin", "staff"), (received.Headers.GetValueOrDefault("X-Patrol-User"), received.Headers.GetValueOrDefault("X-Patrol-Groups")));
        Assert.DoesNotContain(text, received.ToString(), StringComparison.Ordinal);

        Task<string> Send() => RawHttp.Send(
            door.Address,
            $"POST /wiki/x HTTP/1.1\r\nHost: 127.0.0.1\r\nPRIVATE-TOKEN: {text}\r\nContent-Length: 4\r\nConnection: close, X-Forwarded-Uri, X-Forwarded-Method, X-Original-URI, X-Original-Method, X-Patrol-User, X-Patrol-Groups\r\n\r\nbody",
            hangUp: false);
    }

    /// <summary>https://bishopfox.com/blog/h2c-smuggling-request: what came after an answer of 101 would be judged by nobody.</summary>
    [Theory, CombinatorialProxies]
    public async Task Nobody_gets_a_connection_that_becomes_HTTP_2(Proxy kind)
    {
        await using var door = await Door.Open(kind);
        foreach (var upgrade in (string[])["h2c", "H2C", "websocket, h2c"])
        {
            var answer = await RawHttp.Send(
                door.Address, $"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: {upgrade}\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", hangUp: false);
            Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
            Assert.True(door.Service.Received.TryDequeue(out var received));
            Assert.False(received.Headers.ContainsKey("Upgrade"), received.ToString());
        }
    }

    [Theory, CombinatorialProxies]
    public async Task The_host_that_is_judged_is_the_one_that_the_proxy_goes_by(Proxy kind)
    {
        using var rules = new TemporaryFolder();
        await File.WriteAllTextAsync(rules["doors.yaml"], "rules:\n  - { path: /**, host: 127.0.0.1, public: true }\n  - { path: /**, host: inner.example, scope: api }\n", TestContext.Current.CancellationToken);
        await using var door = await Door.Open(kind, rules["doors.yaml"]);
        Assert.StartsWith("HTTP/1.1 200", await Send("/x", $"127.0.0.1:{door.Address.Port}"), StringComparison.Ordinal);
        Assert.True(door.Service.Received.TryDequeue(out _));
        foreach (var (target, host) in ((string, string)[])[("/x", "inner.example"), ("/x", "INNER.example.:80"), ("http://inner.example/x", "127.0.0.1"), ("http://inner.example:80/x", "127.0.0.1:80"), ("/x", "127.0.0.1\r\nHost: inner.example")])
            await Send(target, host);
        Assert.Empty(door.Service.Received);

        Task<string> Send(string target, string host) => RawHttp.Send(door.Address, $"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n", hangUp: false);
    }

    [Theory, CombinatorialProxies]
    public async Task A_proxy_answers_503_and_does_not_open_while_the_authority_is_down(Proxy kind)
    {
        await using var door = await Door.Open(kind);
        var text = await door.Patrol.AddToken(1, "api");
        using var open = await door.Ask(HttpMethod.Get, "/health", ("PRIVATE-TOKEN", text));
        Assert.Equal(200, (int)open.StatusCode);
        await door.Patrol.Stop();
        foreach (var path in (string[])["/health", "/wiki/x", "/assets/a"])
        {
            using var answer = await door.Ask(HttpMethod.Get, path, ("PRIVATE-TOKEN", text));
            Assert.True((int)answer.StatusCode == 503, $"{path}: {(int)answer.StatusCode}");
        }
        Assert.Single(door.Service.Received);
    }

    private sealed class CombinatorialProxiesAttribute : ClassDataAttribute
    {
        public CombinatorialProxiesAttribute()
            : base(typeof(Proxies))
        {
        }
    }

    private sealed class Proxies : TheoryData<Proxy>
    {
        public Proxies() => AddRange(Enum.GetValues<Proxy>());
    }
}
