using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CsCheck;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Patrol.Core.Scopes;
using Patrol.Server.Users;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire;

/// <summary>
/// Whatever comes in, over whichever endpoint, is answered with a 4xx, or a 2xx if it makes sense after all; never with a fault
/// of the server, and never with its insides.
/// </summary>
public sealed partial class BadInputTests
{
    [Theory]
    [InlineData(Engine.Sqlite, 2_000)]
    [InlineData(Engine.PostgreSql, 2_000)]
    public async Task No_request_to_any_endpoint_makes_the_server_fail_or_show_its_insides(Engine engine, int requests)
    {
        await using var app = await PatrolApp.Start(engine);
        using var caller = new NastyCaller(app);
        await app.AddProject(await app.AddGroup());
        await app.AddUser();
        var endpoints = app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToList();
        Assert.True(endpoints.Count > 60);
        await NastyRequests.For(endpoints, NastyRequests.Parameters()).SampleAsync(caller.Send, iter: requests, threads: 4);
        Assert.Equal(HttpStatusCode.OK, (await new HttpClient().GetAsync(new Uri(app.Address, "/-/readiness"))).StatusCode);
        Assert.Equal(["200", "201", "400", "401", "404"], caller.Statuses.Keys.Where(status => status is 200 or 201 or 400 or 401 or 404).Order().Select(status => $"{status}"));
    }

    [Theory]
    [InlineData("/api/v4/personal_access_tokens")]
    [InlineData("/api/v4/users")]
    [InlineData("/api/patrol/v1/tokens")]
    [InlineData("/api/patrol/v1/tokens/bulk")]
    [InlineData("/auth/verify")]
    [InlineData("/nowhere")]
    public async Task A_body_that_is_too_large_is_refused_whether_its_length_is_told_or_not(string path)
    {
        await using var app = await PatrolApp.Start();
        var head = $"POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nPRIVATE-TOKEN: {PatrolApp.RootToken}\r\nContent-Type: application/json\r\n";
        var body = $"{{\"name\":\"{new string('x', 10_000_000)}\"}}";
        foreach (var sent in (string[])[$"{head}Content-Length: {body.Length}\r\n\r\n{body}", $"{head}Transfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n{body}\r\n0\r\n\r\n"])
        {
            var answer = await RawHttp.Send(app.Address, sent);
            AssertRefusedOrHungUp(answer, 4);
        }
        Assert.Equal(200, (await app.Client().Get("version")).Status);
    }

    [Fact]
    public async Task An_endpoint_that_reads_a_body_says_that_it_is_too_large()
    {
        await using var app = await PatrolApp.Start();
        using var client = app.Client();
        client.DefaultRequestHeaders.ExpectContinue = true;
        var name = new string('x', 2_000_000);
        Assert.Equal("413 {\"error\":\"413 Payload Too Large\"}", (await client.Post("users/1/personal_access_tokens", new { name })).Message());
        var (status, problem) = await client.Post("/api/patrol/v1/tokens/lookup", new { token = name });
        Assert.Equal((413, 413), (status, problem.GetProperty("status").GetInt32()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\r\n\r\n")]
    [InlineData("GARBAGE\r\n\r\n")]
    [InlineData("GET\r\n\r\n")]
    [InlineData("GET /api/v4/version\r\n\r\n")]
    [InlineData("GET /api/v4/version HTTP/9.9\r\n\r\n")]
    [InlineData("GET /api/v4/version HTTP/1.1\r\n\r\n")]
    [InlineData("GET /api/v4/version HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    [InlineData("GET /api/v4/version HTTP/1.1\r\nHost: a b\r\n\r\n")]
    [InlineData("GET /api/v4/version HTTP/1.1\r\nHost\r\n\r\n")]
    [InlineData("GET /api/v4/version HTTP/1.1\r\nHost: a\r\n folded: x\r\n\r\n")]
    [InlineData("GET /api/v4/version HTTP/1.1\r\nHost: a\r\nPRIVATE-TOKEN: a\0b\r\n\r\n")]
    [InlineData("GET /api/v4/version HTTP/1.1\r\nHost: a\r\nPRIVATE-TOKEN: \xff\xfe\r\n\r\n")]
    [InlineData("GET /api/v4/%00 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /api/v4/\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /api/v4/version?a=\xff\0 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("POST /api/v4/user/personal_access_tokens HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST /api/v4/user/personal_access_tokens HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n")]
    [InlineData("POST /api/v4/user/personal_access_tokens HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello")]
    [InlineData("POST /api/v4/user/personal_access_tokens HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    [InlineData("POST /api/v4/user/personal_access_tokens HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n")]
    [InlineData("POST /api/v4/user/personal_access_tokens HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("CONNECT example.org:443 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("\x16\x03\x01\x02\0\x01")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    public async Task Broken_HTTP_is_refused_and_the_server_goes_on(string sent)
    {
        await using var app = await PatrolApp.Start();
        var answer = await RawHttp.Send(app.Address, sent);
        if (answer.Length > 0 && answer.StartsWith("HTTP/", StringComparison.Ordinal))
            Assert.Matches("^HTTP/1\\.1 (4[0-9][0-9]|2[0-9][0-9]|505) ", answer);
        AssertNoInsides(answer);
        Assert.Equal(200, (await app.Client().Get("version")).Status);
    }

    [Theory]
    [InlineData("/auth/verify")]
    [InlineData("/api/v4/version")]
    [InlineData("/api/patrol/v1/tokens")]
    [InlineData("/rest/pat/latest/tokens")]
    [InlineData("/-/user_settings/personal_access_tokens")]
    [InlineData("/-/readiness")]
    [InlineData("/nowhere")]
    public async Task A_host_that_cannot_be_decoded_is_refused_whoever_names_it(string path)
    {
        await using var app = await PatrolApp.Start();
        foreach (var host in (string[])["Host: xn--", "Host: a.xn--.example:80", "Host: a\r\nX-Forwarded-Host: xn--", "Host: a\r\nX-Forwarded-Host: b.example, xn--", "Host: a\r\nX-Forwarded-Host: xn--\r\nX-Forwarded-Host: b.example"])
        {
            var answer = await RawHttp.Send(app.Address, $"GET {path} HTTP/1.1\r\n{host}\r\nConnection: close\r\n\r\n", hangUp: false);
            Assert.True(answer.StartsWith("HTTP/1.1 400 ", StringComparison.Ordinal), $"{host}\n{answer}");
            AssertNoInsides(answer);
        }
    }

    [Fact]
    public async Task A_host_with_an_international_name_is_a_host()
    {
        await using var app = await PatrolApp.Start();
        foreach (var host in (string[])["Host: xn--mnchen-3ya.example", "Host: a\r\nX-Forwarded-Host: xn--mnchen-3ya.example:8443"])
            Assert.StartsWith("HTTP/1.1 200 ", await RawHttp.Send(app.Address, $"GET /-/readiness HTTP/1.1\r\n{host}\r\nConnection: close\r\n\r\n", hangUp: false), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_that_are_too_large_are_refused()
    {
        await using var app = await PatrolApp.Start();
        foreach (var line in (string[])[$"PRIVATE-TOKEN: {new string('x', 100_000)}", string.Concat(Enumerable.Repeat("X-A: b\r\n", 5_000)).TrimEnd()])
        {
            var answer = await RawHttp.Send(app.Address, $"GET /api/v4/version HTTP/1.1\r\nHost: a\r\n{line}\r\n\r\n");
            AssertRefusedOrHungUp(answer, 431);
        }
        AssertRefusedOrHungUp(await RawHttp.Send(app.Address, $"GET /api/v4/{new string('x', 100_000)} HTTP/1.1\r\nHost: a\r\n\r\n"), 414);
        Assert.Equal(200, (await app.Client().Get("version")).Status);
    }

    [Fact]
    public async Task Groups_nested_as_deep_and_named_as_long_as_allowed_are_made_or_refused_in_words()
    {
        foreach (var engine in Enum.GetValues<Engine>())
        {
            await using var app = await PatrolApp.Start(engine);
            long? parent = null;
            for (var depth = 0; depth < 22; depth++)
            {
                var random = string.Concat(Enumerable.Range(0, 8).Select(_ => Guid.NewGuid().ToString("N")))[..250];
                var (status, body) = await app.Client().Post("groups", new { name = "deep", path = $"g{random}", parent_id = parent });
                Assert.True(status is 201 or 400, $"{engine} {depth}: {status} {body}");
                if (status == 201)
                    parent = body.GetProperty("id").GetInt64();
            }
        }
    }

    // A server that hangs up on somebody who goes on sending may not be heard.
    private static void AssertRefusedOrHungUp(string answer, int status)
    {
        Assert.True(answer.Length == 0 || answer.StartsWith($"HTTP/1.1 {status}", StringComparison.Ordinal), answer);
        AssertNoInsides(answer);
    }

    internal static void AssertNoInsides(string body) => Assert.False(Insides().IsMatch(body), body);

    [GeneratedRegex(@"\n\s+at \S+\(|\b(System|Microsoft|Npgsql|Dapper|Kestrel)\.[A-Z]|Patrol\.(Server|Core)|Exception\b|SQLite|SQLSTATE|\.cs:line")]
    private static partial Regex Insides();

    /// <summary>Sends requests as an administrator, and becomes another one when the last one has lost its rights.</summary>
    private sealed class NastyCaller(PatrolApp app) : IDisposable
    {
        private readonly HttpClient client = new(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1,
        });

        private volatile string? token;
        private int count;

        public ConcurrentDictionary<int, int> Statuses { get; } = new();

        public async Task Send(NastyRequest nasty)
        {
            var used = token ?? await NewAdministrator();
            token = used;
            using var request = new HttpRequestMessage(
                new HttpMethod(nasty.Method), new Uri($"{app.Address.ToString().TrimEnd('/')}{nasty.Target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
            if (nasty.Body is { } body)
            {
                request.Content = new ByteArrayContent(NastyRequests.Bytes(body));
                if (nasty.ContentType is { } type)
                    request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            }
            if (!nasty.Headers.Any(header => header.Name is "PRIVATE-TOKEN" or "Authorization"))
            {
                var isAtlassian = nasty.Target.Contains("/rest/", StringComparison.Ordinal);
                request.Headers.Add(isAtlassian ? "Authorization" : "PRIVATE-TOKEN", isAtlassian ? $"Bearer {used}" : used);
            }
            foreach (var (name, value) in nasty.Headers)
                request.Headers.TryAddWithoutValidation(name, value);
            using var answer = await client.SendAsync(request);
            var status = (int)answer.StatusCode;
            var text = await answer.Content.ReadAsStringAsync();
            Statuses.AddOrUpdate(status, 1, (_, seen) => seen + 1);
            if (status is 401 or 403)
                token = null;
            // Pages send on to others, such as the one to sign in.
            Assert.True(status is (>= 200 and < 300) or (>= 400 and < 500) || (status is 302 or 303 && !nasty.Target.StartsWith("/api/", StringComparison.Ordinal)), $"{status} {text}");
            AssertNoInsides(text);
            if (text.Length > 0 && nasty.Target.StartsWith("/api/", StringComparison.Ordinal))
            {
                Assert.EndsWith("json", answer.Content.Headers.ContentType?.MediaType, StringComparison.Ordinal);
                JsonDocument.Parse(text).Dispose();
            }
        }

        public void Dispose() => client.Dispose();

        private async Task<string> NewAdministrator()
        {
            var name = $"administrator-{Interlocked.Increment(ref count)}";
            var text = $"token-of-the-nasty-{name}";
            var user = new User { Username = name, Name = name, Email = $"{name}@example.org", IsAdmin = true, CanCreateGroup = true };
            var id = await app.Store().Write(scope => UserSql.Insert(scope, user, null, app.Clock.GetUtcNow()));
            await app.Give(text, string.Join(' ', ScopeCatalog.All.Select(scope => scope.Name)), id);
            return text;
        }
    }
}
