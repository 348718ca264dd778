using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Patrol.Core.Tokens;
using Patrol.Server.Tokens;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Conformance;

/// <summary>The instance's settings and what they change.</summary>
public sealed class SettingsTests : IAsyncLifetime
{
    private const string Path = "application/settings";

    private PatrolApp App { get; set; } = null!;

    public async ValueTask InitializeAsync() => App = await PatrolApp.Start();

    public ValueTask DisposeAsync() => App.DisposeAsync();

    [Fact]
    public async Task The_defaults_are_GitLabs()
    {
        var (status, settings) = await App.Client().Get(Path);
        Assert.Equal(200, status);
        Assert.Equal(
            """
            {"id":1,"require_personal_access_token_expiry":true,"max_personal_access_token_lifetime":null,"personal_access_token_prefix":"glpat-","instance_token_prefix":"","service_access_tokens_expiration_enforced":true,"disable_personal_access_tokens":false,"resource_access_token_notify_inherited":true,"allow_local_requests_from_web_hooks_and_services":false,"allow_local_requests_from_system_hooks":true,"granular_tokens_enforced":false,"impersonation_enabled":true,"admin_mode":false,"last_used_update_interval_minutes":10,"enforce_pat_expiration":true,"expiry_warning_days":"7,30,60","atlassian.pats.enabled":true,"atlassian.pats.eternal.tokens.enabled":true,"atlassian.pats.mail.notifications.enabled":true,"atlassian.pats.last.used.update.interval.mins":1,"atlassian.pats.pruning.schedule.cron":"0 0 0 * * ?","atlassian.pats.pruning.delay.days":30,"atlassian.pats.max.tokens.expiry.days":365,"atlassian.pats.max.tokens.per.user":10,"atlassian.pats.auth.cache.expiry.mins":60,"atlassian.pats.auth.cache.max.items":5000,"atlassian.pats.expiry.check.schedule.cron":"0 0 * * * ?","atlassian.pats.expiry.warning.days":5,"atlassian.pats.invalidate.session.enabled":true,"atlassian.pats.token.name.length":40}
            """,
            settings.ToString());
    }

    [Fact]
    public async Task Only_administrators_see_and_change_them()
    {
        var client = await App.As(await App.AddUser());
        Assert.Equal("""403 {"message":"403 Forbidden"}""", (await client.Get(Path)).Message());
        Assert.Equal("""403 {"message":"403 Forbidden"}""", (await client.Put(Path, new { admin_mode = true })).Message());
        Assert.Equal("""401 {"message":"401 Unauthorized"}""", (await App.Client(token: null).Get(Path)).Message());
    }

    [Theory]
    [InlineData("""{"max_personal_access_token_lifetime":0}""", """400 {"message":{"max_personal_access_token_lifetime":["must be between 1 and 365"]}}""")]
    [InlineData("""{"max_personal_access_token_lifetime":366}""", """400 {"message":{"max_personal_access_token_lifetime":["must be between 1 and 365"]}}""")]
    [InlineData("""{"max_personal_access_token_lifetime":"long"}""", """400 {"error":"max_personal_access_token_lifetime is invalid"}""")]
    [InlineData("""{"admin_mode":"perhaps"}""", """400 {"error":"admin_mode is invalid"}""")]
    [InlineData("""{"personal_access_token_prefix":"123456789012345678901"}""", """400 {"message":{"personal_access_token_prefix":["is too long (maximum is 20 characters)"]}}""")]
    [InlineData("""{"expiry_warning_days":"7,7"}""", """400 {"message":{"expiry_warning_days":["must be different whole numbers from 1 to 400, such as 7,30,60"]}}""")]
    [InlineData("""{"last_used_update_interval_minutes":-1}""", """400 {"message":{"last_used_update_interval_minutes":["must be between 0 and 10080"]}}""")]
    public async Task What_cannot_be_is_told_and_changes_nothing(string body, string expected)
    {
        var before = (await App.Client().Get(Path)).Message();
        Assert.Equal(expected, (await App.Client().Ask(HttpMethod.Put, Path, RawAnswers.Body(body))).ToString());
        Assert.Equal(before, (await App.Client().Get(Path)).Message());
    }

    [Fact]
    public async Task Asking_for_no_change_at_all_is_refused()
    {
        var (status, body) = await App.Client().Put(Path, new { nonsense = 1 });
        Assert.Equal(400, status);
        Assert.EndsWith("are missing, at least one parameter must be provided", body.Text("error"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_required_expiry_tokens_may_last_for_ever_and_as_long_as_they_like()
    {
        var user = await App.AddUser();
        var project = await App.AddProject();
        await Change(new { require_personal_access_token_expiry = false });
        var (id, text) = await App.NewToken(user);
        Assert.Equal(JsonValueKind.Null, (await App.Client().Get($"personal_access_tokens/{id}")).Body.GetProperty("expires_at").ValueKind);
        var rotated = (await App.Client(text).Post("personal_access_tokens/self/rotate")).Body;
        Assert.Equal(JsonValueKind.Null, rotated.GetProperty("expires_at").ValueKind);
        Assert.Equal(200, (await App.Client(rotated.Text("token")).Get("user")).Status);
        await App.NewToken(user, new { name = "far", scopes = (string[])["api"], expires_at = "2099-01-01" });
        Assert.Equal(201, (await App.Client().Post($"users/{user}/impersonation_tokens", new { name = "x", scopes = (string[])["api"] })).Status);
        var bot = (await App.Client().Post($"projects/{project}/access_tokens", new { name = "x", scopes = (string[])["api"] })).Body;
        Assert.Equal(JsonValueKind.Null, bot.GetProperty("expires_at").ValueKind);
    }

    [Fact]
    public async Task The_longest_lifetime_binds_new_and_rotated_tokens()
    {
        await Change(new { max_personal_access_token_lifetime = 5 });
        var (id, _) = await App.NewToken(1);
        Assert.Equal("2026-11-27", (await App.Client().Get($"personal_access_tokens/{id}")).Body.Text("expires_at"));
        Assert.Equal(
            """422 {"message":"Expires at must be before 2026-11-27"}""",
            (await App.Client().Post("users/1/personal_access_tokens", new { name = "x", scopes = (string[])["api"], expires_at = "2026-11-28" })).Message());
        Assert.Equal("2026-11-27", (await App.Client().Post($"personal_access_tokens/{id}/rotate")).Body.Text("expires_at"));
    }

    [Fact]
    public async Task Setting_it_ends_older_tokens_that_last_longer_after_three_hours()
    {
        // Root's own token lasts a year, so that somebody else looks afterwards.
        await App.Give("short-lived-looker-0001", expiresAt: App.Clock.GetUtcNow().AddDays(2));
        var user = await App.AddUser();
        await App.Give("lifetime-forever-00001", userId: user);
        await App.Give("lifetime-longer-000001", userId: user, expiresAt: new DateTimeOffset(2026, 12, 3, 0, 0, 0, TimeSpan.Zero));
        await App.Give("lifetime-just-so-00001", userId: user, expiresAt: new DateTimeOffset(2026, 12, 2, 0, 0, 0, TimeSpan.Zero));
        async Task<string> Working()
        {
            var working = new List<string>();
            foreach (var name in (string[])["forever-00001", "longer-000001", "just-so-00001"])
            {
                if ((await App.Client($"lifetime-{name}").Get("user")).Status == 200)
                    working.Add(name[..name.LastIndexOf('-')]);
            }
            return string.Join(' ', working);
        }

        await Change(new { max_personal_access_token_lifetime = 10 });
        var end = App.Services.GetRequiredService<EndOverlongTokens>();
        Assert.Null(await end.Handle(App.Clock.GetUtcNow().AddHours(3).AddSeconds(-1)));
        Assert.Equal("forever longer just-so", await Working());
        App.Clock.Advance(TimeSpan.FromHours(3));
        await Eventually.True(async () => await Working() == "just-so", "older tokens that last longer are ended");
        Assert.Equal(401, (await App.Client().Get("user")).Status);
        Assert.Equal(200, (await App.Client("short-lived-looker-0001").Get("user")).Status);
        await App.Give("lifetime-later-0000001", userId: user);
        App.Clock.Advance(TimeSpan.FromHours(4));
        Assert.Null(await end.Handle(App.Clock.GetUtcNow()));
        Assert.Equal(200, (await App.Client("lifetime-later-0000001").Get("user")).Status);
    }

    [Fact]
    public async Task Taken_back_within_three_hours_it_ends_nothing()
    {
        await Change(new { max_personal_access_token_lifetime = 1 });
        await Change(new { max_personal_access_token_lifetime = (int?)null });
        App.Clock.Advance(TimeSpan.FromHours(5));
        Assert.Null(await App.Services.GetRequiredService<EndOverlongTokens>().Handle(App.Clock.GetUtcNow()));
        Assert.Equal(200, (await App.Client().Get("user")).Status);
    }

    [Fact]
    public async Task New_texts_start_with_the_prefix_and_the_instances_own_goes_before_it()
    {
        await Change(new { personal_access_token_prefix = "mine-" });
        Assert.StartsWith("mine-", (await App.NewToken(1)).Text, StringComparison.Ordinal);
        await Change(new { instance_token_prefix = "acme" });
        var (_, text) = await App.NewToken(1);
        Assert.StartsWith("acme-glpat-", text, StringComparison.Ordinal);
        Assert.Equal(200, (await App.Client(text).Get("user")).Status);
        await Change(new { instance_token_prefix = "", personal_access_token_prefix = "" });
        (_, text) = await App.NewToken(1);
        Assert.Matches("^[0-9A-Za-z_-]+\\.01\\.[0-9a-z]{9}$", text);
        Assert.Equal(200, (await App.Client(text).Get("user")).Status);
    }

    [Fact]
    public async Task Disabled_personal_tokens_are_unknown_and_cannot_be_made_but_administrators_keep_theirs()
    {
        var user = await App.AddUser();
        var (_, text) = await App.NewToken(user);
        await App.Give("disabled-acting-000001", userId: user, kind: TokenKind.Impersonation);
        var project = await App.AddProject();
        var bot = (await App.Client().Post($"projects/{project}/access_tokens", new { name = "x", scopes = (string[])["api"] })).Body.Text("token");
        await Change(new { disable_personal_access_tokens = true });
        Assert.Equal("""401 {"message":"401 Unauthorized"}""", (await App.Client(text).Get("user")).Message());
        Assert.Equal(200, (await App.Client("disabled-acting-000001").Get("user")).Status);
        Assert.Equal(200, (await App.Client(bot).Get("user")).Status);
        Assert.Equal(
            """422 {"message":"Not permitted to create"}""", (await App.Client().Post($"users/{user}/personal_access_tokens", new { name = "x", scopes = (string[])["api"] })).Message());
        await Change(new { disable_personal_access_tokens = false });
        Assert.Equal(200, (await App.Client(text).Get("user")).Status);
    }

    [Fact]
    public async Task Expired_tokens_go_on_working_while_expiry_is_not_enforced()
    {
        await App.Give("unenforced-expiry-0001", expiresAt: App.Clock.GetUtcNow().AddDays(-1));
        Assert.Equal(401, (await App.Client("unenforced-expiry-0001").Get("user")).Status);
        await Change(new { enforce_pat_expiration = false });
        Assert.Equal(200, (await App.Client("unenforced-expiry-0001").Get("user")).Status);
        await Change(new { enforce_pat_expiration = true });
        Assert.Equal(401, (await App.Client("unenforced-expiry-0001").Get("user")).Status);
    }

    [Fact]
    public async Task A_change_is_answered_with_the_settings_in_force_and_takes_forms_and_queries()
    {
        Assert.True((await Change(new { admin_mode = true })).GetProperty("admin_mode").GetBoolean());
        var answer = await App.Client().Ask(HttpMethod.Put, $"{Path}?admin_mode=0");
        Assert.Equal((200, false), (answer.Status, answer.Json.GetProperty("admin_mode").GetBoolean()));
        answer = await App.Client().Ask(HttpMethod.Put, Path, RawAnswers.Body("max_personal_access_token_lifetime=30", "application/x-www-form-urlencoded"));
        Assert.Equal(30, answer.Json.GetProperty("max_personal_access_token_lifetime").GetInt32());
    }

    private async Task<JsonElement> Change(object settings)
    {
        var (status, body) = await App.Client().Put(Path, settings);
        Assert.Equal((200, ""), (status, status == 200 ? "" : body.ToString()));
        return body;
    }
}
