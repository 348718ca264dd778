using System.Globalization;
using System.Net;
using Patrol.Server.Access;
using Patrol.Server.Start;

namespace Patrol.Tests.Access;

/// <summary>What is remembered of strangers has a bound, whoever they are and however many.</summary>
public sealed class RecentMemoryTests
{
    [Fact]
    public void The_last_half_is_remembered_and_never_more_than_the_whole()
    {
        var memory = new RecentMemory<int, int>(10);
        for (var key = 1; key <= 1_000; key++)
        {
            Assert.Equal(1, memory.Change(key, known => known + 1));
            Assert.All(Enumerable.Range(Math.Max(1, key - 4), Math.Min(key, 5)), one => Assert.Equal(1, memory.Get(one)));
            Assert.InRange(Enumerable.Range(1, key).Count(one => memory.Get(one) > 0), 1, 10);
        }
    }

    [Fact]
    public void What_is_heard_of_all_the_time_is_never_forgotten_but_on_request()
    {
        var memory = new RecentMemory<int, int>(10);
        for (var key = 1; key <= 1_000; key++)
        {
            memory.Change(key, _ => 1);
            Assert.Equal(key, memory.Change(0, known => known + 1));
        }
        memory.Forget(0);
        Assert.Equal(0, memory.Get(0));
    }

    [Fact]
    public async Task Changes_at_the_same_moment_all_count()
    {
        var memory = new RecentMemory<int, int>(10);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 1_000; i++)
                memory.Change(i % 3, known => known + 1);
        })));
        Assert.Equal(8_000, Enumerable.Range(0, 3).Sum(memory.Get));
    }

    [Fact]
    public void A_flood_of_addresses_shuts_nobody_else_out_and_the_oldest_of_them_are_forgotten()
    {
        var ban = new FailedAuthenticationBan(new BanOptions { MaximumFailures = 2 });
        var first = IPAddress.Parse("192.0.2.1");
        Assert.False(ban.CountFailure(first, DateTimeOffset.UnixEpoch));
        for (var number = 0; number < 100_000; number++)
            Assert.False(ban.CountFailure(IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"2001:db8:{number >> 8:x}:{number & 255:x}::1")), DateTimeOffset.UnixEpoch));
        Assert.False(ban.IsBanned(IPAddress.Parse("192.0.2.2"), DateTimeOffset.UnixEpoch));
        Assert.False(ban.CountFailure(first, DateTimeOffset.UnixEpoch));
        Assert.True(ban.CountFailure(first, DateTimeOffset.UnixEpoch));
    }
}
