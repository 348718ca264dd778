using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire.Doors;

/// <summary>The rules of /auth/verify, asked as proxies ask.</summary>
public sealed class RuleTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private PatrolApp app = null!;

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(folder["doors.yaml"], """
            cookie: token
            header: X-Build-Token
            challenge: basic
            rules:
              - path: /open
                public: true
              - path: /a/{project}/x
                host: [A.example.com, b.example.com]
                scope: [read_api, read_repository]
                level: developer
              - path: /g/{group}/x
                scope: api
              - path: /number
                project: 1
                scope: read_user
                level: owner
              - path: /any
                scope: read_user
            """);
        app = await PatrolApp.Start($"--doors={folder["doors.yaml"]}");
    }

    [Fact]
    public async Task Host_method_scope_and_level_decide()
    {
        var group = await app.AddGroup("one");
        await app.AddProject(group, "app");
        var user = await app.AddUser();
        await app.AddMember("groups/one", user, 30);
        var (wide, narrow, wrong) = (await app.AddToken(user, "api"), await app.AddToken(user, "read_repository"), await app.AddToken(user, "sudo"));
        Assert.Equal(204, await Ask("/a/one/app/x", wide, host: "a.EXAMPLE.com."));
        Assert.Equal(204, await Ask("/a/one/app/x", wide, host: "b.example.com:8443"));
        Assert.Equal(204, await Ask("/a/ONE/App/x", wide, host: "b.example.com"));
        Assert.Equal(403, await Ask("/a/one/app/x", wide, host: "c.example.com"));
        Assert.Equal(403, await Ask("/a/one/app/x", narrow, host: "b.example.com"));
        Assert.Equal((204, 204, 403), (await Ask("/g/one/x", wide), await Ask($"/g/{group}/x", wide), await Ask("/g/one/x", wrong)));
        Assert.Equal(404, await Ask("/g/two/x", wide));
        Assert.Equal((403, 204), (await Ask("/number", wide), await Ask("/number", PatrolApp.RootToken)));
        Assert.Equal((204, 403), (await Ask("/open", null), await Ask("/closed", wide)));
    }

    [Fact]
    public async Task A_membership_that_is_changed_made_or_ends_counts_at_once()
    {
        var group = await app.AddGroup("turns");
        await app.AddProject(group, "app");
        var user = await app.AddUser();
        var token = await app.AddToken(user, "api");
        Task<int> Now() => Ask("/a/turns/app/x", token, host: "a.example.com");
        Assert.Equal(404, await Now());
        await app.AddMember("groups/turns", user, 20);
        Assert.Equal(403, await Now());
        Assert.Equal(200, (await app.Client().Put($"groups/turns/members/{user}", new { access_level = 30, expires_at = "2026-11-24" })).Status);
        Assert.Equal(204, await Now());
        app.Clock.SetUtcNow(new DateTimeOffset(2026, 11, 23, 23, 59, 59, TimeSpan.Zero));
        Assert.Equal(204, await Now());
        app.Clock.SetUtcNow(new DateTimeOffset(2026, 11, 24, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(404, await Now());
        var other = await app.AddUser();
        token = await app.AddToken(other, "api");
        Assert.Equal(404, await Now());
        await app.AddMember("projects/turns%2Fapp", other, 40);
        Assert.Equal(204, await Now());
        Assert.Equal(200, (await app.Client().Put("groups/turns", new { path = "turned" })).Status);
        Assert.Equal(404, await Now());
        Assert.Equal(204, await Ask("/a/turned/app/x", token, host: "a.example.com"));
        Assert.Equal(204, (await app.Client().Delete($"projects/turned%2Fapp/members/{other}")).Status);
        Assert.Equal(404, await Ask("/a/turned/app/x", token, host: "a.example.com"));
    }

    [Fact]
    public async Task Groups_are_told()
    {
        var user = await app.AddUser();
        var token = await app.AddToken(user, "api");
        Assert.Equal("", await Groups());
        var parent = await app.AddGroup("Parent");
        await app.AddMember($"groups/{await app.AddGroup("child", parent)}", user, 10);
        Assert.Equal("Parent/child", await Groups());
        await app.AddMember("groups/Parent", user, 20, "2026-11-23");
        Assert.Equal("Parent,Parent/child", await Groups());
        app.Clock.SetUtcNow(new DateTimeOffset(2026, 11, 23, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal("Parent/child", await Groups());
        for (var i = 0; i < 30; i++)
            await app.AddMember($"groups/{await app.AddGroup($"{new string('z', 90)}-{i}")}", user, 10);
        Assert.True((await Groups()).Length is > 1_500 and <= 2_000);

        async Task<string> Groups()
        {
            using var answer = await Send(("Authorization", $"Bearer {token}"));
            Assert.Equal(204, (int)answer.StatusCode);
            return answer.Headers.GetValues("X-Patrol-Groups").Single();
        }
    }

    [Fact]
    public async Task Contradictory_headers_are_refused()
    {
        foreach (var headers in ((string, string)[][])
        [
            [("X-Original-URI", "/open"), ("X-Original-Method", "GET"), ("X-Forwarded-Uri", "/any"), ("X-Forwarded-Method", "GET")],
            [("X-Original-URI", "/open"), ("X-Original-Method", "GET"), ("X-Forwarded-Method", "POST"), ("X-Forwarded-Uri", "/open")],
            [("X-Original-URI", "/open"), ("X-Forwarded-Method", "GET")],
            [("X-Original-URI", "/open"), ("X-Original-Method", "GET"), ("X-Forwarded-Method", "GET")],
            [("X-Original-URI", "/open")],
            [("X-Forwarded-Uri", "/open")],
            [("X-Original-Method", "GET")],
            [("X-Original-URI", ""), ("X-Original-Method", "GET")],
            [("X-Original-URI", "open"), ("X-Original-Method", "GET")],
            [("X-Original-URI", "/open/../any"), ("X-Original-Method", "GET")],
            [("X-Original-URI", $"/{new string('x', 9_000)}"), ("X-Original-Method", "GET")],
            [("X-Original-URI", "/open"), ("X-Original-Method", "GET"), ("X-Forwarded-Host", "a.example.com, b.example.com")],
        ])
        {
            using var answer = await Send([("PRIVATE-TOKEN", PatrolApp.RootToken), .. headers]);
            Assert.Equal((400, "bad_forwarding"), ((int)answer.StatusCode, answer.Headers.GetValues("X-Patrol-Reason").Single()));
        }
        foreach (var twice in (string[])["X-Original-URI: /any", "X-Original-Method: POST", "X-Forwarded-Uri: /open\r\nX-Forwarded-Uri: /open\r\nX-Forwarded-Method: GET"])
        {
            var raw = await RawHttp.Send(app.Address, $"GET /auth/verify HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Original-URI: /open\r\nX-Original-Method: GET\r\n{twice}\r\n\r\n", hangUp: false);
            Assert.StartsWith("HTTP/1.1 400 ", raw, StringComparison.Ordinal);
        }
        using var same = await Send(("X-Original-URI", "/open"), ("X-Original-Method", "GET"), ("X-Forwarded-Uri", "/open"), ("X-Forwarded-Method", "GET"));
        Assert.Equal(204, (int)same.StatusCode);
    }

    [Fact]
    public async Task A_token_is_found_wherever_it_may_be_and_different_ones_are_refused()
    {
        var (one, other) = (await app.AddToken(1, "api"), await app.AddToken(1, "api"));
        (string Name, string Value)[] Ways(string token) =>
        [
            ("Authorization", $"Bearer {token}"), ("Authorization", $"Basic {Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"x:{token}"))}"), ("PRIVATE-TOKEN", token),
            ("X-Api-Key", token), ("X-Build-Token", token), ("Cookie", $"a=b; token={token}"),
        ];
        foreach (var way in Ways(one))
        {
            using var alone = await Send(way);
            Assert.Equal(204, (int)alone.StatusCode);
            foreach (var second in Ways(other))
            {
                // A client writes headers of one name into one line.
                if (second.Name == way.Name)
                    continue;
                using var both = await Send(way, second);
                Assert.Equal((400, "several_tokens"), ((int)both.StatusCode, both.Headers.GetValues("X-Patrol-Reason").Single()));
            }
            foreach (var again in Ways(one).Where(again => again.Name != way.Name))
            {
                using var twice = await Send(way, again);
                Assert.Equal(204, (int)twice.StatusCode);
            }
        }
        var raw = await RawHttp.Send(app.Address, $"GET /auth/verify HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {one}\r\nAuthorization: Bearer {other}\r\n\r\n", hangUp: false);
        Assert.StartsWith("HTTP/1.1 400 ", raw, StringComparison.Ordinal);
        using var cookies = await Send(("Cookie", $"token={one}; token={other}"));
        using var overlong = await Send(("X-Api-Key", new string('x', 1_001)));
        Assert.Equal((400, 400, "token_overlong"), ((int)cookies.StatusCode, (int)overlong.StatusCode, overlong.Headers.GetValues("X-Patrol-Reason").Single()));
    }

    [Fact]
    public async Task Thousands_of_scopes_are_refused()
    {
        foreach (var query in (string[])[string.Join('&', Enumerable.Repeat("scope=api", 700)), $"scope={string.Join("%20", Enumerable.Repeat("api", 1_000))}", $"scope={new string(',', 3_000)}{string.Join(',', Enumerable.Repeat("a", 1_000))}"])
        {
            using var answer = await Send($"?{query}", ("PRIVATE-TOKEN", PatrolApp.RootToken));
            Assert.Equal((400, "too_many_scopes"), ((int)answer.StatusCode, answer.Headers.GetValues("X-Patrol-Reason").Single()));
        }
    }

    [Theory]
    [InlineData("rules:\n- path: /a\n  public: true\ncolour: red", "colour", 4)]
    [InlineData("rules: []", "rules", 1)]
    [InlineData("cookie: a b\nrules:\n- {path: /a, public: true}", "cookie", 1)]
    [InlineData("sign_in: ftp://x\nrules:\n- {path: /a, public: true}", "sign_in", 1)]
    [InlineData("rules:\n- scope: api", "path", 2)]
    [InlineData("rules:\n- path: /a/{project}/**\n  scope: api", "path", 2)]
    [InlineData("rules:\n- path: /a\n  scope:\n  - api\n  - apy", "apy", 5)]
    [InlineData("rules:\n- path: /a\n  scope: api\n  level: boss", "level", 4)]
    [InlineData("rules:\n- path: /a\n  scope: api\n  level: developer", "level", 4)]
    [InlineData("rules:\n- path: /a/{group}\n  scope: api\n  project: 1", "project or group", 2)]
    [InlineData("rules:\n- path: /a\n  public: true\n  scope: api", "public", 2)]
    [InlineData("rules:\n- path: /a\n  public: perhaps", "public", 3)]
    [InlineData("rules:\n- path: /a", "scope", 2)]
    [InlineData("rules:\n- path: /a\n  path: /b\n  public: true", "path", 3)]
    [InlineData("rules:\n- path: '/a\n  public: true", "", 2)]
    [InlineData("- path: /a", "rules", 1)]
    [InlineData("", "rules", 1)]
    public async Task A_wrong_file_stops_the_start_with_file_and_line(string yaml, string named, int line)
    {
        await File.WriteAllTextAsync(folder["wrong.yaml"], yaml);
        var (code, output, errors) = await ServerProcess.Run(folder.Path, ["--urls=http://127.0.0.1:0", $"--doors={folder["wrong.yaml"]}"]);
        Assert.Equal((2, ""), (code, output));
        var said = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith($"patrol-server: --doors: {folder["wrong.yaml"]}:{line}: ", said, StringComparison.Ordinal);
        Assert.Contains(named, said, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        folder.Dispose();
    }

    private async Task<int> Ask(string path, string? token, string method = "GET", string host = "x.example.com")
    {
        (string, string)[] headers = [("X-Forwarded-Uri", path), ("X-Forwarded-Method", method), ("X-Forwarded-Host", host)];
        using var answer = await Send(token is null ? headers : [.. headers, ("PRIVATE-TOKEN", token)]);
        if ((int)answer.StatusCode == 401)
            Assert.Equal("Basic realm=\"Patrol\"", answer.Headers.WwwAuthenticate.ToString());
        return (int)answer.StatusCode;
    }

    private Task<HttpResponseMessage> Send(params (string Name, string Value)[] headers) => Send("", headers);

    private async Task<HttpResponseMessage> Send(string query, params (string Name, string Value)[] headers)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(app.Address, $"/auth/verify{query}"));
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await client.SendAsync(request);
    }
}
