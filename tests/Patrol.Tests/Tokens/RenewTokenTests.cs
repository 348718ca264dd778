using Patrol.Core.Lifetimes;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Tokens;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Tokens;

public sealed class RenewTokenTests
{
    [Theory]
    [InlineData("2026-12-22T00:00Z", "2027-01-21")]
    [InlineData("9999-12-31T00:00Z", "9999-12-31")]
    public void A_renewed_token_lasts_as_long_as_the_old_one_did_but_not_beyond_the_calendar(string expiresAt, string day)
    {
        var token = new Token
        {
            Id = 1,
            Dialect = TokenDialect.GitLab,
            Kind = TokenKind.Personal,
            UserId = 1,
            Name = "old",
            Scopes = ScopeSet.FromStored("api"),
            CreatedAt = NightKit.At("2026-11-22T12:00Z"),
            UpdatedAt = NightKit.At("2026-11-22T12:00Z"),
            ExpiresAt = NightKit.At(expiresAt),
        };
        Assert.Equal(DateOnly.Parse(day), RenewToken.DefaultExpiry(token, new LifetimePolicy(ExpiryRequired: false, 365), new DateOnly(2026, 12, 22)));
    }
}
