using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Patrol.AspNetCore;
using Patrol.Tests.Kit;

namespace Patrol.Tests.AspNetCore;

/// <summary>What a service that uses the package answers, with the real server as its authority.</summary>
public sealed class HandlerTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private readonly PatrolApp app = shared.App;

    [Fact]
    public async Task Without_a_token_there_is_no_result_and_a_challenge_asks_for_one()
    {
        await using var api = await GuardedApi.Start(app);
        using var open = await api.Get("/open");
        Assert.Equal((200, "nobody"), ((int)open.StatusCode, await open.Content.ReadAsStringAsync()));
        using var answer = await api.Get("/me");
        Assert.Equal((401, "Bearer realm=\"Patrol\""), ((int)answer.StatusCode, answer.Headers.WwwAuthenticate.ToString()));
        // Somebody else's credentials are not this scheme's business.
        Assert.Equal(200, await api.Status("/open", ("Authorization", GuardedApi.Basic("x", "not-a-token-of-ours-1"))));
        Assert.Equal(0, api.Questions);
    }

    [Fact]
    public async Task A_good_token_says_whose_it_is()
    {
        await using var api = await GuardedApi.Start(app);
        var user = await app.AddUser("guarded-by-package");
        var token = await app.Give("a-good-token-for-the-package", "read_api read_user", user, expiresAt: new DateTimeOffset(2027, 1, 2, 0, 0, 0, TimeSpan.Zero));
        using var answer = await api.Get("/me", ("Authorization", "Bearer a-good-token-for-the-package"));
        Assert.Equal(
            [
                $"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier={user}", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name=guarded-by-package",
                $"urn:patrol:token_id={token.Id}", "urn:patrol:scope=read_api", "urn:patrol:scope=read_user", "urn:patrol:expires_at=1798848000",
            ],
            (await answer.Content.ReadAsStringAsync()).Split('\n'));
        var verified = await api.Services.GetRequiredService<PatrolVerifier>().Verify("a-good-token-for-the-package", TestContext.Current.CancellationToken);
        Assert.Equal((PatrolVerdict.Good, token.Id, user), (verified.Verdict, verified.Token!.Id, verified.Token.UserId));
        Assert.True(verified.Token.HasScope("read_repository"));
        Assert.False(verified.Token.HasScope("api"));
    }

    [Fact]
    public async Task A_token_that_is_not_good_fails_and_its_text_is_logged_nowhere()
    {
        await using var api = await GuardedApi.Start(app);
        var blocked = await app.AddUser();
        await app.Give("package-token-expired-1", expiresAt: app.Clock.GetUtcNow());
        await app.Give("package-token-revoked-1", revoked: true);
        await app.Give("package-token-blocked-1", userId: blocked);
        Assert.Equal(201, (await app.Client().Post($"users/{blocked}/block")).Status);
        foreach (var text in (string[])["package-token-expired-1", "package-token-revoked-1", "package-token-blocked-1", "package-token-unknown-1"])
        {
            using var answer = await api.Get("/me", ("PRIVATE-TOKEN", text));
            Assert.Equal(401, (int)answer.StatusCode);
            Assert.StartsWith("Bearer realm=\"Patrol\", error=\"invalid_token\"", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        }
        Assert.Equal(200, await api.Status("/open", ("PRIVATE-TOKEN", "package-token-unknown-1")));
        Assert.Contains("not authenticated", api.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("package-token-", api.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scopes_open_as_they_do_at_the_doors()
    {
        await using var api = await GuardedApi.Start(app);
        foreach (var (scope, opened) in ((string, string)[])[("api", "read both pull attribute"), ("read_api", "read both pull"), ("read_user", ""), ("write_repository", "pull attribute"), ("read_repository", "pull")])
        {
            var token = await app.AddToken(1, scope);
            foreach (var path in (string[])["read", "both", "pull", "attribute"])
                Assert.Equal((scope, path, opened.Split(' ').Contains(path) ? 200 : 403), (scope, path, await api.Status($"/{path}", ("X-Api-Key", token))));
        }
        using var refused = await api.Get("/both", ("X-Api-Key", await app.AddToken(1, "read_user")));
        Assert.Equal("Bearer realm=\"Patrol\", error=\"insufficient_scope\", scope=\"read_user read_registry\"", refused.Headers.WwwAuthenticate.ToString());
        using var missing = await api.Get("/read");
        Assert.Equal(401, (int)missing.StatusCode);
    }

    [Fact]
    public void A_scope_that_does_not_exist_is_refused_where_it_is_written()
    {
        Assert.StartsWith("There is no scope 'raed_api'", Assert.Throws<ArgumentException>(() => new PatrolScopeAttribute("read_api", "raed_api")).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new PatrolScopeRequirement());
    }

    [Fact]
    public async Task A_token_is_found_where_the_doors_find_it_and_only_one()
    {
        await using var api = await GuardedApi.Start(app, options => options.AllowBasic = true);
        var (token, other) = (await app.AddToken(1, "api"), await app.AddToken(1, "api"));
        var basic = GuardedApi.Basic("anybody", token);
        foreach (var headers in ((string, string)[][])
        [
            [("Authorization", $"Bearer {token}")], [("Authorization", $"bearer  {token} ")], [("PRIVATE-TOKEN", token)], [("X-Api-Key", token)], [("Authorization", basic)],
            [("Authorization", $"Bearer {token}"), ("PRIVATE-TOKEN", token), ("X-Api-Key", token)], [("PRIVATE-TOKEN", token), ("X-Api-Key", "")], [("Authorization", basic), ("X-Api-Key", token)],
        ])
            Assert.Equal((headers, 200), (headers, await api.Status("/me", headers)));
        foreach (var headers in ((string, string)[][])
        [
            [("Authorization", $"Bearer {token}"), ("PRIVATE-TOKEN", other)], [("PRIVATE-TOKEN", token), ("X-Api-Key", other)],
            [("Authorization", basic), ("X-Api-Key", other)],
        ])
        {
            using var answer = await api.Get("/me", headers);
            Assert.Equal(400, (int)answer.StatusCode);
            Assert.Contains("error=\"invalid_request\", error_description=\"Different tokens", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        }
        foreach (var name in (string[])["PRIVATE-TOKEN: ", "X-Api-Key: ", "Authorization: Bearer "])
            Assert.StartsWith("HTTP/1.1 400 ", await RawHttp.Send(api.Address, $"GET /me HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{name}{token}\r\n{name}{other}\r\n\r\n", hangUp: false), StringComparison.Ordinal);
        using var missing = await api.Get("/me");
        Assert.Equal("Bearer realm=\"Patrol\", Basic realm=\"Patrol\"", missing.Headers.WwwAuthenticate.ToString());
        await using var strict = await GuardedApi.Start(app);
        Assert.Equal(401, await strict.Status("/me", ("Authorization", basic)));
    }

    [Fact]
    public async Task An_overlong_token_is_refused_without_asking()
    {
        await using var api = await GuardedApi.Start(app);
        Assert.Equal(400, await api.Status(new string('x', PatrolVerifier.LongestText + 1)));
        Assert.Equal(0, api.Questions);
        Assert.Equal(401, await api.Status(new string('x', PatrolVerifier.LongestText)));
        Assert.Equal(1, api.Questions);
    }

    [Fact]
    public async Task Options_that_cannot_be_meant_end_the_start_with_all_that_is_wrong()
    {
        async Task<string> Fault(Action<PatrolOptions> configure) =>
            (await Assert.ThrowsAsync<OptionsValidationException>(() => GuardedApi.Start(app.Clock.GetUtcNow(), configure))).Message;
        var nothing = await Fault(_ => { });
        foreach (var named in (string[])["Authority", "ClientId", "ClientSecret"])
            Assert.Contains($"Authentication scheme 'Patrol': set {named} to", nothing, StringComparison.Ordinal);
        var many = await Fault(options => (options.Authority, options.Timeout, options.CacheDuration, options.CacheCapacity, options.Realm) =
            (new Uri("http://tokens.example.com"), TimeSpan.Zero, TimeSpan.FromSeconds(-1), -1, "\""));
        foreach (var named in (string[])["Authority must be an https URL, or tokens would travel readable", "Timeout", "CacheDuration", "CacheCapacity", "Realm"])
            Assert.Contains(named, many, StringComparison.Ordinal);
        Assert.Contains("without user, query and fragment", await Fault(options => options.Authority = new Uri("https://user:word@tokens.example.com/")), StringComparison.Ordinal);
    }
}
