using System.Text.Json;
using Patrol.Core.Tokens;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Conformance;

/// <summary>When and from where a token was last used.</summary>
public sealed class LastUseTests
{
    [Fact]
    public async Task The_instant_is_written_at_most_every_ten_minutes()
    {
        await using var app = await PatrolApp.Start();
        var (id, text) = await app.NewToken(await app.AddUser());
        Assert.Null(await UsedAt(app, id));
        await app.Client(text).Get("user");
        Assert.Equal("2026-11-22T12:00:00.000Z", await UsedAt(app, id));
        app.Clock.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromMilliseconds(1));
        await app.Client(text).Get("user");
        Assert.Equal("2026-11-22T12:00:00.000Z", await UsedAt(app, id));
        app.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await app.Client(text).Get("user");
        Assert.Equal("2026-11-22T12:10:00.000Z", await UsedAt(app, id));
        Assert.Equal("2026-11-22T12:10:00.000Z", (await app.Client(text).Get("personal_access_tokens/self")).Body.Text("last_used_at"));
    }

    [Fact]
    public async Task The_interval_can_be_set()
    {
        await using var app = await PatrolApp.Start();
        Assert.Equal(200, (await app.Client().Put("application/settings", new { last_used_update_interval_minutes = 1440 })).Status);
        var (id, text) = await app.NewToken(await app.AddUser());
        await app.Client(text).Get("user");
        app.Clock.Advance(TimeSpan.FromMinutes(1439));
        await app.Client(text).Get("user");
        Assert.Equal("2026-11-22T12:00:00.000Z", await UsedAt(app, id));
        app.Clock.Advance(TimeSpan.FromMinutes(1));
        await app.Client(text).Get("user");
        Assert.Equal("2026-11-23T12:00:00.000Z", await UsedAt(app, id));
    }

    [Fact]
    public async Task Uses_of_Atlassians_tokens_are_written_together_as_often_as_the_property_says()
    {
        await using var app = await PatrolApp.Start("-Datlassian.pats.last.used.update.interval.mins=3");
        var (id, text) = await app.NewToken(await app.AddUser());
        await app.Exec($"UPDATE tokens SET dialect = 1 WHERE id = {id}");
        await app.Client(text).Ask("user", ("X-Forwarded-For", "198.51.100.1"));
        app.Clock.Advance(TimeSpan.FromMinutes(2));
        await app.Client(text).Ask("user", ("X-Forwarded-For", "198.51.100.2"));
        Assert.Null(await UsedAt(app, id));
        // Counted from when whoever writes has begun to wait.
        await Eventually.True(async () =>
        {
            app.Clock.Advance(TimeSpan.FromMinutes(1));
            return await UsedAt(app, id) == "2026-11-22T12:02:00.000Z";
        }, "the last of the uses is written");
        Assert.Equal(["198.51.100.2", "198.51.100.1"], await Addresses(app, id));
    }

    [Fact]
    public async Task The_five_newest_addresses_are_kept_one_a_minute()
    {
        await using var app = await PatrolApp.Start();
        var (id, text) = await app.NewToken(await app.AddUser());
        Task From(string address) => app.Client(text).Ask("user", ("X-Forwarded-For", address));
        await From("198.51.100.1");
        await From("198.51.100.2");
        Assert.Equal(["198.51.100.1"], await Addresses(app, id));
        for (var i = 2; i <= 7; i++)
        {
            app.Clock.Advance(TimeSpan.FromMinutes(11));
            await From($"198.51.100.{i}");
        }
        await From("198.51.100.7");
        Assert.Equal(["198.51.100.7", "198.51.100.6", "198.51.100.5", "198.51.100.4", "198.51.100.3"], await Addresses(app, id));
        var self = (await app.Client(text).Ask("personal_access_tokens/self", ("X-Forwarded-For", "198.51.100.7"))).Json;
        Assert.Equal(5, self.GetProperty("last_used_ips").GetArrayLength());
    }

    [Fact]
    public async Task A_token_too_small_for_the_request_was_used_all_the_same()
    {
        await using var app = await PatrolApp.Start();
        var (id, text) = await app.NewToken(await app.AddUser(), "read_registry");
        Assert.Equal(403, (await app.Client(text).Get("groups")).Status);
        Assert.Equal("2026-11-22T12:00:00.000Z", await UsedAt(app, id));
    }

    [Fact]
    public async Task A_blocked_owners_and_a_switched_off_token_were_used_but_expired_and_revoked_ones_were_not()
    {
        await using var app = await PatrolApp.Start();
        var blocked = await app.AddUser();
        var (id, text) = await app.NewToken(blocked);
        await app.Client().Post($"users/{blocked}/block");
        var acting = await app.Give("used-acting-token-0001", kind: TokenKind.Impersonation);
        await app.Client().Put("application/settings", new { impersonation_enabled = false });
        var expired = await app.Give("used-expired-token-001", expiresAt: app.Clock.GetUtcNow());
        var revoked = await app.Give("used-revoked-token-001", revoked: true);
        foreach (var token in (string[])[text, "used-acting-token-0001", "used-expired-token-001", "used-revoked-token-001"])
            Assert.NotEqual(200, (await app.Client(token).Get("user")).Status);
        foreach (var (token, used) in ((long, bool)[])[(id, true), (acting.Id, true), (expired.Id, false), (revoked.Id, false)])
            Assert.Equal(used, await UsedAt(app, token) is not null);
    }

    [Fact]
    public async Task A_use_does_not_count_as_a_change()
    {
        await using var app = await PatrolApp.Start();
        var user = await app.AddUser();
        var (_, made) = await app.Client().Post($"users/{user}/impersonation_tokens", new { name = "x", scopes = (string[])["api"], expires_at = "2026-12-01" });
        app.Clock.Advance(TimeSpan.FromHours(1));
        await app.Client(made.Text("token")).Get("user");
        Assert.Equal("2026-11-22T13:00:00.000Z", await UsedAt(app, made.Id()));
        var ended = await app.Client().Ask(
            HttpMethod.Delete, $"users/{user}/impersonation_tokens/{made.Id()}", null, ("If-Unmodified-Since", "Sun, 22 Nov 2026 12:30:00 GMT"));
        Assert.Equal(204, ended.Status);
    }

    private static async Task<string?> UsedAt(PatrolApp app, long id) =>
        (await app.Client().Get($"personal_access_tokens/{id}")).Body.GetProperty("last_used_at") is { ValueKind: JsonValueKind.String } at ? at.GetString() : null;

    private static async Task<List<string>> Addresses(PatrolApp app, long id) =>
        [.. (await app.Client().Get($"personal_access_tokens/{id}")).Body.GetProperty("last_used_ips").EnumerateArray().Select(ip => ip.GetString()!)];
}
