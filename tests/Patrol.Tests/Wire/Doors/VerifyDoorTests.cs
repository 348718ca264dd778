using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Patrol.Core.Tokens;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire.Doors;

public sealed class VerifyDoorTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private readonly PatrolApp app = shared.App;

    [Fact]
    public async Task A_good_token_opens_however_it_is_presented_and_says_whose_it_is()
    {
        var user = await app.AddUser();
        var text = await app.AddToken(user, "read_api", "read_repository");
        foreach (var request in (Action<HttpRequestMessage>[])
        [
            request => request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", text),
            request => request.Headers.Add("PRIVATE-TOKEN", text),
            request => request.Headers.Authorization = Basic("whoever", text),
            request => request.Headers.Authorization = Basic("", text),
        ])
        {
            foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Head])
            {
                using var answer = await Ask(method, "", request);
                Assert.Equal(204, (int)answer.StatusCode);
                Assert.Equal(user.ToString(), Header(answer, "X-Patrol-User-Id"));
                Assert.Equal("read_api read_repository", Header(answer, "X-Patrol-Scopes"));
                Assert.NotNull(Header(answer, "X-Patrol-User"));
                Assert.NotNull(Header(answer, "X-Patrol-Token-Id"));
                Assert.DoesNotContain(text, answer.ToString(), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task The_expiry_is_told_where_there_is_one()
    {
        await app.Give("verify-expiring-token-01", expiresAt: new DateTimeOffset(2027, 3, 4, 0, 0, 0, TimeSpan.Zero));
        await app.Give("verify-eternal-token-001");
        Assert.Equal("2027-03-04", Header(await AskWith("verify-expiring-token-01"), "X-Patrol-Expires-At"));
        Assert.Null(Header(await AskWith("verify-eternal-token-001"), "X-Patrol-Expires-At"));
    }

    [Theory]
    [InlineData("api", "scope=api", 204)]
    [InlineData("api", "scope=read_user", 204)]
    [InlineData("api", "scope=write_repository&scope=read_registry", 204)]
    [InlineData("api", "scope=sudo", 403)]
    [InlineData("read_user", "scope[]=api", 403)]
    [InlineData("api", "scope%5B%5D=read_api&scope=read_user", 204)]
    [InlineData("read_api", "scope=read_api%20read_repository", 204)]
    [InlineData("read_api", "scope=api", 403)]
    [InlineData("read_api", "scope=write_repository", 403)]
    [InlineData("write_repository", "scope=read_repository", 204)]
    [InlineData("read_repository", "scope=write_repository", 403)]
    [InlineData("read_user", "scope=read_user,read_api", 403)]
    [InlineData("self_rotate", "", 204)]
    [InlineData("api", "scope=no_such_scope", 400)]
    public async Task Scopes_asked_for_must_be_satisfied_by_themselves_or_a_wider_one(string scopes, string query, int status)
    {
        var text = await app.AddToken(1, scopes);
        using var answer = await AskWith(text, query);
        Assert.Equal(status, (int)answer.StatusCode);
        if (status == 403)
        {
            Assert.Equal("insufficient_scope", Header(answer, "X-Patrol-Reason"));
            Assert.Equal("insufficient_scope", JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("error").GetString());
        }
    }

    [Fact]
    public async Task A_closed_door_says_why()
    {
        var blocked = await app.AddUser();
        var blockedText = await app.AddToken(blocked);
        Assert.Equal(201, (await app.Client().Post($"users/{blocked}/block")).Status);
        await app.Give("verify-expired-token-001", expiresAt: app.Clock.GetUtcNow());
        await app.Give("verify-revoked-token-001", revoked: true);
        await app.Give("verify-both-expired-revoked", expiresAt: app.Clock.GetUtcNow(), revoked: true);

        await AssertRefused("verify-expired-token-001", 401, "token_expired");
        await AssertRefused("verify-revoked-token-001", 401, "token_revoked");
        await AssertRefused("verify-both-expired-revoked", 401, "token_expired");
        await AssertRefused("nobody-ever-made-this-one", 401, "token_unknown");
        await AssertRefused(blockedText, 403, "owner_blocked");
        using var missing = await Ask(HttpMethod.Get, "", _ => { });
        Assert.Equal(401, (int)missing.StatusCode);
        Assert.Equal("token_missing", Header(missing, "X-Patrol-Reason"));
        Assert.Equal("Bearer realm=\"Patrol\"", missing.Headers.WwwAuthenticate.ToString());
    }

    [Theory]
    [InlineData("Basic")]
    [InlineData("Basic !!!")]
    [InlineData("Basic bm9jb2xvbg==")]
    [InlineData("Bearer ")]
    [InlineData("Digest username=x")]
    public async Task What_is_no_token_counts_as_none(string authorization)
    {
        using var answer = await Ask(HttpMethod.Get, "", request => request.Headers.TryAddWithoutValidation("Authorization", authorization));
        Assert.Equal(401, (int)answer.StatusCode);
        Assert.Equal("token_missing", Header(answer, "X-Patrol-Reason"));
    }

    [Fact]
    public async Task A_token_stops_at_the_second_it_expires_though_it_is_remembered()
    {
        await using var own = await PatrolApp.Start();
        await own.Give("verify-ends-at-midnight-1", expiresAt: new DateTimeOffset(2026, 11, 23, 0, 0, 0, TimeSpan.Zero));
        using var client = own.Client("verify-ends-at-midnight-1");
        var address = new Uri(own.Address, "/auth/verify");
        Assert.Equal(204, (int)(await client.GetAsync(address)).StatusCode);
        own.Clock.SetUtcNow(new DateTimeOffset(2026, 11, 22, 23, 59, 59, 999, TimeSpan.Zero));
        Assert.Equal(204, (int)(await client.GetAsync(address)).StatusCode);
        own.Clock.SetUtcNow(new DateTimeOffset(2026, 11, 23, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(401, (int)(await client.GetAsync(address)).StatusCode);
    }

    [Fact]
    public async Task Impersonation_tokens_stop_while_they_are_switched_off()
    {
        await using var own = await PatrolApp.Start();
        await own.Give("verify-impersonation-tok-1", kind: TokenKind.Impersonation);
        using var client = own.Client("verify-impersonation-tok-1");
        var address = new Uri(own.Address, "/auth/verify");
        Assert.Equal(204, (int)(await client.GetAsync(address)).StatusCode);
        await own.Change(settings => settings with { ImpersonationEnabled = false });
        using var refused = await client.GetAsync(address);
        Assert.Equal(401, (int)refused.StatusCode);
        Assert.Equal("impersonation_disabled", Header(refused, "X-Patrol-Reason"));
    }

    private async Task AssertRefused(string text, int status, string reason)
    {
        using var answer = await AskWith(text);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(reason, Header(answer, "X-Patrol-Reason"));
        Assert.DoesNotContain(text, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(status == 401, answer.Headers.WwwAuthenticate.Count > 0);
    }

    private Task<HttpResponseMessage> AskWith(string text, string query = "") =>
        Ask(HttpMethod.Get, query, request => request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", text));

    private async Task<HttpResponseMessage> Ask(HttpMethod method, string query, Action<HttpRequestMessage> prepare)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(method, new Uri(app.Address, $"/auth/verify?{query}"));
        prepare(request);
        return await client.SendAsync(request);
    }

    private static string? Header(HttpResponseMessage answer, string name) => answer.Headers.TryGetValues(name, out var values) ? values.Single() : null;

    private static AuthenticationHeaderValue Basic(string user, string password) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
}
