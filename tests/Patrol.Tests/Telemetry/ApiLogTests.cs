using System.Net.Http.Headers;
using System.Text.Json;
using Patrol.Core.Tokens;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Telemetry;

/// <summary>What people and <c>patrol logs</c> find in <c>api_json.log</c>, in GitLab's words.</summary>
public sealed class ApiLogTests
{
    private const string TokenText = "a-token-of-the-log-tests";

    [Fact]
    public async Task A_good_request_is_one_line_that_says_who_did_what_and_how_it_ended()
    {
        await using var app = await PatrolApp.Start();
        using var client = app.Client();
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("tests", "1"));
        using var answer = await client.GetAsync(new Uri("version?page=2&name=alice", UriKind.Relative));
        var line = Assert.Single(await LogFile.Read(app, 1));

        Assert.Equal("2026-11-22T12:00:00.000Z", line.Text("time"));
        Assert.Equal("INFO", line.Text("severity"));
        Assert.Equal(200, line.GetProperty("status").GetInt32());
        Assert.Equal(JsonValueKind.Number, line.GetProperty("duration_s").ValueKind);
        Assert.Equal(("GET", "/api/v4/version", "/api/:version/version"), (line.Text("method"), line.Text("path"), line.Text("route")));
        Assert.Equal(("127.0.0.1", "127.0.0.1", "tests/1"), (line.Text("host"), line.Text("remote_ip"), line.Text("ua")));
        Assert.Equal(("1", "root", "1"), (line.Text("user_id"), line.Text("username"), line.Text("token_id")));
        Assert.Equal(("PersonalAccessToken", "user/1", "root"), (line.Text("token_type"), line.Text("meta.client_id"), line.Text("meta.user")));
        Assert.Equal("GET /api/:version/version", line.Text("meta.caller_id"));
        Assert.Equal(answer.Headers.GetValues("X-Request-Id").Single(), line.Text("correlation_id"));
        Assert.Equal("""[{"key":"page","value":"2"},{"key":"name","value":"[FILTERED]"}]""", line.Text("params"));
        Assert.DoesNotContain(line.EnumerateObject(), property => property.Name.StartsWith("meta.auth_fail", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_expired_token_is_named_by_its_id_and_reason()
    {
        await using var app = await PatrolApp.Start();
        var token = await app.Give(TokenText, expiresAt: app.Clock.GetUtcNow());
        Assert.Equal(401, (await app.Client(TokenText).Get("version")).Status);
        AssertFailure(Assert.Single(await LogFile.Read(app, 1)), 401, "token_expired", token.Id, "", "private_token_header");
    }

    [Fact]
    public async Task A_revoked_token_is_named_by_its_id_and_reason()
    {
        await using var app = await PatrolApp.Start();
        var token = await app.Give(TokenText, revoked: true);
        using var client = app.Client(token: null);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TokenText);
        Assert.Equal(401, (await client.Get("version")).Status);
        AssertFailure(Assert.Single(await LogFile.Read(app, 1)), 401, "token_revoked", token.Id, "", "bearer");
    }

    [Fact]
    public async Task A_token_with_too_few_scopes_is_named_with_the_scopes_that_were_wanted()
    {
        await using var app = await PatrolApp.Start();
        var token = await app.Give(TokenText, scopes: "read_repository");
        Assert.Equal(403, (await app.Client(token: null).Get($"version?private_token={TokenText}")).Status);
        AssertFailure(Assert.Single(await LogFile.Read(app, 1)), 403, "insufficient_scope", token.Id, "read_user api read_api", "private_token_param");
    }

    [Fact]
    public async Task An_impersonation_token_where_impersonation_is_off_is_named_by_its_id_and_reason()
    {
        await using var app = await PatrolApp.Start();
        var token = await app.Give(TokenText, kind: TokenKind.Impersonation);
        await app.Change(settings => settings with { ImpersonationEnabled = false });
        Assert.Equal(401, (await app.Client(TokenText).Get("version")).Status);
        AssertFailure(Assert.Single(await LogFile.Read(app, 1)), 401, "impersonation_disabled", token.Id, "", "private_token_header");
    }

    [Fact]
    public async Task An_unknown_token_has_no_id_to_name()
    {
        await using var app = await PatrolApp.Start();
        Assert.Equal(401, (await app.Client("nobody-knows-this-token").Get("version")).Status);
        var line = Assert.Single(await LogFile.Read(app, 1));
        Assert.Equal(("401", "ip/127.0.0.1"), (line.Text("status"), line.Text("meta.client_id")));
        Assert.DoesNotContain(line.EnumerateObject(), property => property.Name.StartsWith("meta.auth_fail", StringComparison.Ordinal) || property.Name == "user_id");
    }

    [Fact]
    public async Task No_token_text_is_in_the_log_wherever_a_caller_put_it()
    {
        await using var app = await PatrolApp.Start();
        const string made = "glpat-AAECAwQFBgcICQoLDA0OD286MQp1OjE2CA.01.0y1qf01dl";
        const string legacy = "glpat-AAAAAAAAAAAAAAAAAAAA";
        using var client = app.Client();
        foreach (var text in (string[])[PatrolApp.RootToken, made, legacy])
        {
            await client.Get($"personal_access_tokens/{text}");
            await client.Get($"version?page={text}");
            await client.Get($"version?name={text}");
            await client.Get($"version?{text}=1");
            await client.Get($"version?private_token={text}");
            await client.Get($"users?username={text}");
        }
        await app.Stop();
        var log = await File.ReadAllTextAsync(LogFile.Path(app));
        Assert.NotEmpty(log);
        Assert.DoesNotContain(PatrolApp.RootToken, log, StringComparison.Ordinal);
        Assert.DoesNotContain("glpat-", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_request_answered_before_a_stop_is_in_the_log()
    {
        await using var app = await PatrolApp.Start();
        using var client = app.Client();
        await Task.WhenAll(Enumerable.Range(0, 300).Select(number => client.Get($"version?page={number}")));
        await app.Stop();
        var pages = LogFile.Parse(await File.ReadAllTextAsync(LogFile.Path(app))).Select(line => line.GetProperty("params")[0].Text("value"));
        Assert.Equal(Enumerable.Range(0, 300), pages.Select(int.Parse!).Order());
    }

    private static void AssertFailure(JsonElement line, int status, string reason, long tokenId, string scopes, string header)
    {
        Assert.Equal(status, line.GetProperty("status").GetInt32());
        Assert.Equal(reason, line.Text("meta.auth_fail_reason"));
        Assert.Equal($"PersonalAccessToken/{tokenId}", line.Text("meta.auth_fail_token_id"));
        Assert.Equal(scopes, line.Text("meta.auth_fail_requested_scopes"));
        Assert.Equal(("PersonalAccessToken", header), (line.Text("meta.auth_fail_token_type"), line.Text("meta.auth_fail_auth_header_type")));
        Assert.Equal(("root", "ip/127.0.0.1"), (line.Text("meta.user"), line.Text("meta.client_id")));
        Assert.Null(line.Text("user_id"));
        Assert.Null(line.Text("username"));
    }
}
