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
using Patrol.Server.Users;

namespace Patrol.Server.Tokens;

/// <summary>
/// Replaces a token by a new one with the same name, description and scopes, in one transaction: either both things happen, or
/// the old token goes on working. Who may is decided by the surface's permission rules before.
/// </summary>
internal sealed class RotateToken(Database database, TokenIssuer issuer, SettingsStore settings)
{
    /// <summary>Rotates.</summary>
    /// <param name="caller">Who asks; the audit trail names them.</param>
    /// <param name="token">The token as it was found.</param>
    /// <param name="callerLevel">The caller's level in the token's project or group; Owner for administrators and oneself.</param>
    /// <param name="asked">The new token's expiry date, or null for the default of a week.</param>
    /// <param name="now">The instant of the request.</param>
    public async Task<Result<IssuedToken>> Handle(Caller caller, Token token, AccessLevel callerLevel, DateOnly? asked, DateTimeOffset now)
    {
        if (token.Dialect != TokenDialect.GitLab)
            return new Refusal.WrongState("Atlassian's tokens are not rotated: make a new one, then revoke this one");
        var decided = RotationRules.Decide(
            token.IsRevoked, (AccessLevel?)token.Bot?.AccessLevel, callerLevel, asked, settings.Current.Lifetime, UtcDay.Of(now));
        if (!decided.Succeeded(out var expiresOn, out var refusal))
            return refusal;
        return await database.Write<Result<IssuedToken>>(async scope =>
        {
            // Of two rotations at the same moment the one that gets here first wins; the other finds the token revoked.
            if (!await TokenSql.Revoke(scope, token.Id, now))
                return new Refusal.WrongState("Token already revoked");
            var draft = new TokenDraft(token.Name, token.Description, token.Scopes, expiresOn);
            var issued = await issuer.Issue(scope, token.Kind, token.UserId, draft, now, previousId: token.Id);
            if (token.Bot is not null)
            {
                await MemberSql.Prolong(scope, $"= {token.UserId}", until: null);
                // As when it was made: the bot sees what whoever holds its new token may see.
                if (await UserSql.Hold(scope, token.UserId) is { } bot && bot.IsExternal != caller.User.IsExternal)
                    await UserSql.Update(scope, bot with { IsExternal = caller.User.IsExternal }, passwordHash: null, now);
            }
            await AuditLog.Write(scope, caller, "token.rotate", "token", token.Id, $"replaced by token {issued.Token.Id}", now);
            await TellOwner.Rotated(scope, issued.Token, now);
            return issued with { Token = issued.Token with { Bot = token.Bot } };
        });
    }
}
