using System.Globalization;
using System.Net;
using Patrol.Server.Access;
using Patrol.Server.Start;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Access;

/// <summary>Addresses that guess are shut out; those that only forgot to renew are not.</summary>
public sealed class FailedAuthenticationBanTests
{
    private const string Guesser = "192.0.2.1";
    private const string Neighbour = "192.0.2.2";

    [Fact]
    public async Task Thirty_unknown_tokens_shut_an_address_out_for_an_hour_even_with_a_good_one()
    {
        await using var app = await PatrolApp.Start();
        await Guess(app, Guesser, 30);
        Assert.Equal(403, await Ask(app, Guesser, PatrolApp.RootToken));
        Assert.Equal(403, await Ask(app, Guesser, "another guess of the same"));
        Assert.Equal(200, await Ask(app, Neighbour, PatrolApp.RootToken));
        app.Clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(403, await Ask(app, Guesser, PatrolApp.RootToken));
        app.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(200, await Ask(app, Guesser, PatrolApp.RootToken));
    }

    [Fact]
    public async Task A_good_token_forgives_what_went_before()
    {
        await using var app = await PatrolApp.Start();
        await Guess(app, Guesser, 29);
        Assert.Equal(200, await Ask(app, Guesser, PatrolApp.RootToken));
        await Guess(app, Guesser, 29);
        Assert.Equal(200, await Ask(app, Guesser, PatrolApp.RootToken));
    }

    [Fact]
    public async Task Unknown_tokens_that_come_slowly_shut_nobody_out()
    {
        await using var app = await PatrolApp.Start();
        await Guess(app, Guesser, 29);
        app.Clock.Advance(TimeSpan.FromMinutes(3) + TimeSpan.FromSeconds(1));
        await Guess(app, Guesser, 29);
        Assert.Equal(200, await Ask(app, Guesser, PatrolApp.RootToken));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Expired_and_revoked_tokens_never_count(bool revoked)
    {
        await using var app = await PatrolApp.Start();
        const string text = "a-token-whose-time-is-over";
        await app.Give(text, expiresAt: revoked ? null : app.Clock.GetUtcNow(), revoked: revoked);
        for (var i = 0; i < 40; i++)
            Assert.Equal(401, await Ask(app, Guesser, text));
        Assert.Equal(200, await Ask(app, Guesser, PatrolApp.RootToken));
    }

    [Fact]
    public async Task The_machine_itself_is_never_shut_out()
    {
        await using var app = await PatrolApp.Start();
        await Guess(app, null, 40);
        Assert.Equal(200, await Ask(app, null, PatrolApp.RootToken));
    }

    [Fact]
    public async Task It_can_be_switched_off()
    {
        await using var app = await PatrolApp.Start("--Patrol:Ban:Enabled=false");
        await Guess(app, Guesser, 40);
        Assert.Equal(200, await Ask(app, Guesser, PatrolApp.RootToken));
    }

    [Fact]
    public async Task It_can_be_made_stricter()
    {
        await using var app = await PatrolApp.Start("--Patrol:Ban:MaximumFailures=3", "--Patrol:Ban:DurationSeconds=60", "--Patrol:Ban:ExemptLoopback=false");
        await Guess(app, null, 3);
        Assert.Equal(403, await Ask(app, null, PatrolApp.RootToken));
        app.Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(200, await Ask(app, null, PatrolApp.RootToken));
    }

    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1", true)]
    [InlineData("::ffff:192.0.2.1", "::ffff:192.0.2.2", false)]
    public void An_IPv6_network_is_one_address_and_a_mapped_address_is_the_IPv4_one(string one, string other, bool same)
    {
        var ban = new FailedAuthenticationBan(new BanOptions { MaximumFailures = 2 });
        Assert.False(ban.CountFailure(IPAddress.Parse(one), DateTimeOffset.UnixEpoch));
        Assert.True(ban.CountFailure(IPAddress.Parse(one), DateTimeOffset.UnixEpoch));
        Assert.Equal(same, ban.IsBanned(IPAddress.Parse(other), DateTimeOffset.UnixEpoch));
    }

    private static async Task Guess(PatrolApp app, string? from, int times)
    {
        for (var i = 0; i < times; i++)
            Assert.Equal(401, await Ask(app, from, string.Create(CultureInfo.InvariantCulture, $"nobody-knows-this-token-{i}")));
    }

    private static async Task<int> Ask(PatrolApp app, string? from, string token)
    {
        using var client = app.Client(token);
        // The proxies of this machine are believed in what they say of the client's address.
        if (from is not null)
            client.DefaultRequestHeaders.Add("X-Forwarded-For", from);
        return (await client.Get("version")).Status;
    }
}
