using Patrol.Core.Directory;
using Patrol.Core.Lifetimes;
using Patrol.Core.Results;
using Patrol.Core.Rotation;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Members;
using Patrol.Server.Notices;
using Patrol.Server.Settings;
using Patrol.Server.Storage;

namespace Patrol.Server.Tokens;

/// <summary>
/// Renews a token without a moment in which nothing works: a new one with the same name, description and scopes, while the old
/// one goes on working for a chosen time and is then revoked by <see cref="RetireTokens"/>. Unlike rotation, which ends the old
/// one at once. Who may is decided by the surface's permission rules before.
/// </summary>
internal sealed class RenewToken(Database database, TokenIssuer issuer, SettingsStore settings)
{
    /// <summary>The longest time that the old token may go on working.</summary>
    public static readonly TimeSpan LongestGrace = TimeSpan.FromDays(30);

    /// <summary>The day on which a renewed token ends if nothing else is asked for: it lasts as long as the old one did, as far as the policy allows.</summary>
    public static DateOnly? DefaultExpiry(Token token, LifetimePolicy policy, DateOnly today)
    {
        if (token.ExpiresOn is not { } end)
            return policy.DefaultFor(today);
        var days = Math.Clamp(end.DayNumber - UtcDay.Of(token.CreatedAt).DayNumber, 1, DateOnly.MaxValue.DayNumber - today.DayNumber);
        var day = today.AddDays(days);
        return policy.ExpiryRequired && day > policy.Latest(today) ? policy.Latest(today) : day;
    }

    /// <summary>Renews.</summary>
    /// <param name="caller">Who asks; the audit trail names them.</param>
    /// <param name="token">The token as it was found.</param>
    /// <param name="callerLevel">The caller's level in the token's project or group; Owner for administrators and oneself.</param>
    /// <param name="expiresOn">The new token's expiry date; null for none, where the policy allows that.</param>
    /// <param name="grace">How long the old one goes on working; nothing for not at all.</param>
    /// <param name="now">The instant of the request.</param>
    public async Task<Result<IssuedToken>> Handle(
        Caller caller, Token token, AccessLevel callerLevel, DateOnly? expiresOn, TimeSpan grace, DateTimeOffset now)
    {
        if (grace < TimeSpan.Zero || grace > LongestGrace)
            return new Refusal.Invalid("grace", $"must be between 0 and {LongestGrace.TotalDays} days");
        if (token.Dialect != TokenDialect.GitLab)
            return new Refusal.WrongState("Tokens without scopes cannot be renewed; make a new one");
        if (settings.Current.Lifetime.Check(expiresOn, UtcDay.Of(now)).Refusal is { } refused)
            return refused;
        // The level that a bot's maker must have is the same as for rotation.
        if (RotationRules.Decide(
            token.IsRevoked, (AccessLevel?)token.Bot?.AccessLevel, callerLevel, expiresOn, settings.Current.Lifetime, UtcDay.Of(now)).Refusal is { } refusal)
            return refusal;
        return await database.Write<Result<IssuedToken>>(async scope =>
        {
            if (!await RetirementSql.Hold(scope, token.Id))
                return new Refusal.WrongState("Token already revoked");
            var issued = await issuer.Issue(
                scope, token.Kind, token.UserId, new TokenDraft(token.Name, token.Description, token.Scopes, expiresOn), now, previousId: token.Id);
            if (grace == TimeSpan.Zero)
                await TokenSql.Revoke(scope, token.Id, now);
            else
                await RetirementSql.Retire(scope, token.Id, now + grace);
            if (token.Bot is not null)
                await MemberSql.Prolong(scope, $"= {token.UserId}", until: null);
            var end = grace == TimeSpan.Zero ? "revoked" : $"to be revoked at {InstantText.Of(now + grace)}";
            await AuditLog.Write(scope, caller, "token.renew", "token", token.Id, $"renewed by token {issued.Token.Id}, {end}", now);
            await (grace == TimeSpan.Zero ? TellOwner.Rotated(scope, issued.Token, now) : TellOwner.Renewed(scope, issued.Token, now));
            return issued with { Token = issued.Token with { Bot = token.Bot } };
        });
    }
}

/// <summary>Revokes renewed tokens whose time to go on working is over.</summary>
internal sealed class RetireTokens(Database database)
{
    private const int BatchSize = 1_000;

    /// <summary>Revokes those that are due; answers how many.</summary>
    public async Task<long> Handle(DateTimeOffset now)
    {
        long ended = 0;
        while (true)
        {
            var due = await database.Write(async scope =>
            {
                var ids = await RetirementSql.TakeRetired(scope, now, BatchSize);
                var revoked = new List<long>();
                foreach (var id in ids)
                {
                    if (!await TokenSql.Revoke(scope, id, now))
                        continue;
                    revoked.Add(id);
                    await AuditLog.Write(scope, null, "token.retire", "token", id, "it was renewed, and its time to go on working is over", now);
                }
                await TellOwner.Revoked(scope, revoked, now);
                ended += revoked.Count;
                return ids.Count;
            });
            if (due < BatchSize)
                return ended;
        }
    }
}
