using CsCheck;
using Patrol.Core.Lifetimes;
using Patrol.Core.Results;

namespace Patrol.Tests.Core;

public sealed class LifetimePolicyTests
{
    private static readonly DateOnly Today = new(2026, 11, 22);
    private static readonly Gen<LifetimePolicy> Policy = Gen.Select(Gen.Bool, Gen.Int[1, 400]).Select((required, days) => new LifetimePolicy(required, days));
    private static readonly Gen<DateOnly> Day = Gen.Int[-1000, 1000].Select(Today.AddDays);

    [Fact]
    public void The_latest_date_allowed_is_allowed_and_the_day_after_is_not()
    {
        var policy = new LifetimePolicy(ExpiryRequired: true, 365);
        Assert.Equal(new DateOnly(2027, 11, 22), policy.Check(new DateOnly(2027, 11, 22), Today).Value);
        Assert.Equal(new Refusal.Invalid("expires_at", "must be before 2027-11-22"), policy.Check(new DateOnly(2027, 11, 23), Today).Refusal);
    }

    [Fact]
    public void No_date_is_refused_where_one_is_required() =>
        Assert.Equal(new Refusal.Invalid("expires_at", "can't be blank"), new LifetimePolicy(true, 365).Check(null, Today).Refusal);

    [Fact]
    public void Where_no_date_is_required_every_date_and_none_is_allowed() =>
        Gen.Select(Gen.Int[1, 400], Day.Nullable()).Sample((days, asked) => new LifetimePolicy(false, days).Check(asked, Today).Value == asked);

    [Fact]
    public void A_date_in_the_past_is_allowed_for_such_a_token_is_simply_expired() =>
        Gen.Select(Policy, Gen.Int[0, 1000]).Sample((policy, ago) => policy.Check(Today.AddDays(-ago), Today).Refusal is null);

    [Fact]
    public void What_a_policy_gives_by_default_it_also_allows() =>
        Policy.Sample(policy =>
            policy.Check(policy.DefaultFor(Today), Today).Refusal is null && policy.Check(policy.DefaultForRotation(Today), Today).Refusal is null);

    [Fact]
    public void A_rotated_token_lasts_a_week_or_less_where_less_is_allowed()
    {
        Assert.Equal(new DateOnly(2026, 11, 29), new LifetimePolicy(true, 365).DefaultForRotation(Today));
        Assert.Equal(new DateOnly(2026, 11, 25), new LifetimePolicy(true, 3).DefaultForRotation(Today));
        Assert.Null(new LifetimePolicy(false, 365).DefaultForRotation(Today));
    }

    [Fact]
    public void A_day_begins_at_midnight_UTC_and_every_instant_of_it_belongs_to_it() =>
        Gen.Select(Day, Gen.Long[0, TimeSpan.TicksPerDay - 1], Gen.Int[-14, 14]).Sample((day, ticks, offset) =>
            UtcDay.Of(UtcDay.Start(day).AddTicks(ticks).ToOffset(TimeSpan.FromHours(offset))) == day);
}
