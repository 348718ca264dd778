using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Notices;
using Patrol.Server.Storage;

namespace Patrol.Server.Tokens;

/// <summary>Ends a token. Doing it again changes nothing and is no mistake.</summary>
internal sealed class RevokeToken(Database database)
{
    /// <summary>Revokes; true if this call did it. Who may is decided by the surface's permission rules before.</summary>
    public Task<bool> Handle(Caller caller, Token token, DateTimeOffset now) => database.Write(async scope =>
    {
        var revoked = await TokenSql.Revoke(scope, token.Id, now);
        if (revoked)
        {
            await AuditLog.Write(scope, caller, "token.revoke", "token", token.Id, token.Name, now);
            await TellOwner.Revoked(scope, [token.Id], now);
        }
        return revoked;
    });
}
