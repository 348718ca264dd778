using CsCheck;
using Patrol.Core.Lifetimes;
using Patrol.Core.Results;
using Patrol.Core.Tokens;

namespace Patrol.Tests.Core;

public sealed class AtlassianLifetimeTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 34, 56, 789, TimeSpan.Zero);
    private static readonly LifetimePolicy Policy = LifetimePolicy.Atlassian;

    [Fact]
    public void A_token_lasts_its_days_to_the_millisecond() =>
        Gen.Long[1, 365].Sample(days => Policy.CheckDuration(days, Now).Value == Now + TimeSpan.FromDays(days));

    [Fact]
    public void A_token_without_a_duration_never_ends_where_that_is_allowed()
    {
        Assert.Null(Policy.CheckDuration(null, Now).Value);
        Assert.Equal("duration", Assert.IsType<Refusal.Invalid>((Policy with { ExpiryRequired = true }).CheckDuration(null, Now).Refusal).Field);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(366)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void A_duration_that_cannot_be_is_refused(long days) =>
        Assert.Equal(new Refusal.Invalid("duration", "must be between 1 and 365 days"), Policy.CheckDuration(days, Now).Refusal);

    [Fact]
    public void A_token_expires_soon_from_five_days_before_its_end()
    {
        var end = Now.AddDays(30);
        Assert.Equal(ExpiryStage.Active, ExpiryStages.Of(end, end.AddDays(-5).AddMilliseconds(-1), 5));
        Assert.Equal(ExpiryStage.ExpiresSoon, ExpiryStages.Of(end, end.AddDays(-5), 5));
        Assert.Equal(ExpiryStage.ExpiresSoon, ExpiryStages.Of(end, end.AddMilliseconds(-1), 5));
        Assert.Equal(ExpiryStage.Expired, ExpiryStages.Of(end, end, 5));
        Assert.Equal(ExpiryStage.Active, ExpiryStages.Of(null, DateTimeOffset.MaxValue, 5));
    }

    [Fact]
    public void A_name_is_counted_in_characters_as_people_count_them()
    {
        Assert.Equal("ab", UnscopedDraft.Check("  ab\t", 2, 1, Policy, Now).Value.Name);
        Assert.Equal("💥💥", UnscopedDraft.Check("💥💥", 2, 1, Policy, Now).Value.Name);
        Assert.Equal(new Refusal.Invalid("name", "must not be longer than 2 characters"), UnscopedDraft.Check("💥💥💥", 2, 1, Policy, Now).Refusal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \t\u3000")]
    public void An_empty_name_is_refused(string? name) =>
        Assert.Equal(new Refusal.Invalid("name", "must not be empty"), UnscopedDraft.Check(name, 40, 1, Policy, Now).Refusal);
}
