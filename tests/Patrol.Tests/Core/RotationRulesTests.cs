using CsCheck;
using Patrol.Core.Directory;
using Patrol.Core.Lifetimes;
using Patrol.Core.Results;
using Patrol.Core.Rotation;

namespace Patrol.Tests.Core;

public sealed class RotationRulesTests
{
    private static readonly DateOnly Today = new(2026, 11, 22);
    private static readonly LifetimePolicy Policy = new(ExpiryRequired: true, 365);

    [Fact]
    public void A_token_without_a_wish_lasts_a_week_more() =>
        Assert.Equal(Today.AddDays(7), RotationRules.Decide(false, null, AccessLevel.None, null, Policy, Today).Value);

    [Fact]
    public void The_date_asked_for_is_taken_if_the_policy_allows_it()
    {
        Assert.Equal(Today.AddDays(30), RotationRules.Decide(false, null, AccessLevel.None, Today.AddDays(30), Policy, Today).Value);
        Assert.Equal("expires_at", Assert.IsType<Refusal.Invalid>(
            RotationRules.Decide(false, null, AccessLevel.None, Today.AddDays(366), Policy, Today).Refusal).Field);
    }

    [Fact]
    public void A_revoked_token_is_never_rotated() =>
        Gen.Select(Gen.Enum<AccessLevel>(), Gen.Enum<AccessLevel>()).Sample((bot, caller) =>
            RotationRules.Decide(true, bot, caller, null, Policy, Today).Refusal == new Refusal.WrongState("Token already revoked"));

    [Fact]
    public void Nobody_rotates_the_token_of_a_bot_that_may_do_more_than_they_may() =>
        Gen.Select(Gen.Enum<AccessLevel>(), Gen.Enum<AccessLevel>()).Sample((bot, caller) =>
            RotationRules.Decide(false, bot, caller, null, Policy, Today).Refusal is null == bot <= caller);

    [Theory]
    [InlineData("/api/v4/personal_access_tokens/12/rotate", true)]
    [InlineData("/api/v4/personal_access_tokens/self/rotate", true)]
    [InlineData("/api/v4/projects/7/access_tokens/31/rotate", true)]
    [InlineData("/api/v4/groups/a%2Fb/access_tokens/self/rotate", true)]
    [InlineData("/api/v4/personal_access_tokens/12", false)]
    [InlineData("/api/v4/personal_access_tokens/rotate", false)]
    [InlineData("/api/v4/personal_access_tokens//rotate", false)]
    [InlineData("/api/v4/personal_access_tokens/selfie/rotate", false)]
    [InlineData("/api/v4/personal_access_tokens/12x/rotate", false)]
    [InlineData("/api/v4/personal_access_tokens/12/rotate/", false)]
    [InlineData("/api/v4/user", false)]
    [InlineData("/rotate", false)]
    [InlineData("", false)]
    public void Only_an_attempt_to_rotate_counts_as_reuse(string path, bool expected) => Assert.Equal(expected, RotationRules.IsReuse(path));

    [Fact]
    public void No_path_whatever_makes_the_question_fail() => Gen.String.Sample(path => { RotationRules.IsReuse(path + "/rotate"); });
}
