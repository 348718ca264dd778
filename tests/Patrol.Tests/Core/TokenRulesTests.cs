using CsCheck;
using Patrol.Core.Tokens;

namespace Patrol.Tests.Core;

public sealed class TokenRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly TokenPolicy Policy = new(ExpiryEnforced: true, ImpersonationEnabled: true);
    private static readonly TokenFacts Good = new(TokenKind.Personal, Now.AddTicks(1), Revoked: false, OwnerActive: true);

    [Fact]
    public void A_token_works_until_the_instant_of_its_expiry_and_not_at_it()
    {
        Assert.Equal(TokenVerdict.Good, TokenRules.Judge(Good, Policy, Now));
        Assert.Equal(TokenVerdict.Expired, TokenRules.Judge(Good, Policy, Now.AddTicks(1)));
    }

    [Fact]
    public void A_token_without_expiry_never_ends_by_itself() =>
        Assert.Equal(TokenVerdict.Good, TokenRules.Judge(Good with { ExpiresAt = null }, Policy, DateTimeOffset.MaxValue));

    [Fact]
    public void A_token_that_is_all_that_is_bad_is_told_the_first_of_it_in_GitLabs_order()
    {
        var worst = new TokenFacts(TokenKind.Impersonation, Now, Revoked: true, OwnerActive: false);
        var policy = new TokenPolicy(ExpiryEnforced: true, ImpersonationEnabled: false);
        Assert.Equal(TokenVerdict.Expired, TokenRules.Judge(worst, policy, Now));
        Assert.Equal(TokenVerdict.Revoked, TokenRules.Judge(worst with { ExpiresAt = null }, policy, Now));
        Assert.Equal(TokenVerdict.ImpersonationDisabled, TokenRules.Judge(worst with { ExpiresAt = null, Revoked = false }, policy, Now));
        Assert.Equal(TokenVerdict.OwnerBlocked, TokenRules.Judge(worst with { ExpiresAt = null, Revoked = false }, Policy, Now));
    }

    [Fact]
    public void Where_expiry_is_not_enforced_an_expired_token_goes_on_working() =>
        Assert.Equal(TokenVerdict.Good, TokenRules.Judge(Good with { ExpiresAt = Now }, Policy with { ExpiryEnforced = false }, Now));

    [Fact]
    public void Only_impersonation_tokens_stop_with_impersonation() =>
        Gen.Enum<TokenKind>().Sample(kind =>
            TokenRules.Judge(Good with { Kind = kind }, Policy with { ImpersonationEnabled = false }, Now)
            == (kind == TokenKind.Impersonation ? TokenVerdict.ImpersonationDisabled : TokenVerdict.Good));

    [Fact]
    public void Where_a_dialect_is_switched_off_none_of_its_tokens_works()
    {
        Assert.Equal(TokenVerdict.SwitchedOff, TokenRules.Judge(Good, Policy with { Enabled = false }, Now));
        Assert.Equal(TokenVerdict.Expired, TokenRules.Judge(Good with { ExpiresAt = Now }, Policy with { Enabled = false }, Now));
    }

    [Fact]
    public void A_good_verdict_means_that_nothing_was_wrong() =>
        Gen.Select(Gen.Enum<TokenKind>(), Gen.Int[-2, 2].Nullable(), Gen.Bool, Gen.Bool, Gen.Bool, Gen.Bool)
            .Sample((kind, offset, revoked, active, enforced, impersonation) =>
            {
                var facts = new TokenFacts(kind, offset is { } ticks ? Now.AddTicks(ticks) : null, revoked, active);
                var verdict = TokenRules.Judge(facts, new TokenPolicy(enforced, impersonation), Now);
                var sound = !(enforced && facts.ExpiresAt <= Now) && !revoked && active && (impersonation || kind != TokenKind.Impersonation);
                return verdict == TokenVerdict.Good == sound && verdict != TokenVerdict.Unknown;
            });
}
