using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Storage;

namespace Patrol.Server.Clients;

/// <summary>Ends a service's credentials.</summary>
internal sealed class RevokeClient(Database database)
{
    /// <summary>True if there was such a client.</summary>
    public Task<bool> Handle(Caller caller, long id, DateTimeOffset now) => database.Write(async scope =>
    {
        if (await scope.First<string>(
            "UPDATE clients SET revoked_at = @at WHERE id = @id AND revoked_at IS NULL RETURNING name", new { id, at = now.ToUnixTimeMilliseconds() }) is not { } name)
            return false;
        scope.Changes.Credentials = true;
        await AuditLog.Write(scope, caller, "client.revoke", "client", id, name, now);
        return true;
    });
}
