using CsCheck;
using Patrol.Core.Tokens;

namespace Patrol.Tests.Core;

public sealed class LastUseRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan TenMinutes = TimeSpan.FromMinutes(10);

    [Fact]
    public void The_first_use_is_written_down_whole()
    {
        Assert.True(LastUseRules.WritesInstant(null, Now, TenMinutes));
        Assert.True(LastUseRules.WritesAddress(null, Now));
    }

    [Fact]
    public void An_instant_is_written_when_the_interval_has_passed_and_not_before()
    {
        Assert.False(LastUseRules.WritesInstant(Now, Now + TenMinutes - TimeSpan.FromTicks(1), TenMinutes));
        Assert.True(LastUseRules.WritesInstant(Now, Now + TenMinutes, TenMinutes));
    }

    [Fact]
    public void An_address_is_written_when_a_minute_has_passed_and_not_before()
    {
        Assert.False(LastUseRules.WritesAddress(Now, Now.AddSeconds(60).AddTicks(-1)));
        Assert.True(LastUseRules.WritesAddress(Now, Now.AddSeconds(60)));
    }

    // LastUseRecorder asks for the address first and stops at "no".
    [Fact]
    public void Whenever_the_instant_is_written_an_address_would_be_too() =>
        Gen.Select(Gen.Int[-100_000, 100_000], Gen.Int[1, 1440]).Sample((seconds, minutes) =>
            !LastUseRules.WritesInstant(Now, Now.AddSeconds(seconds), TimeSpan.FromMinutes(minutes)) || LastUseRules.WritesAddress(Now, Now.AddSeconds(seconds)));

    [Fact]
    public void A_use_before_the_recorded_one_is_not_written() => Assert.False(LastUseRules.WritesInstant(Now, Now.AddDays(-1), TenMinutes));
}
