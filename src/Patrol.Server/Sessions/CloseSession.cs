using System.Net;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Storage;
using Patrol.Server.Users;

namespace Patrol.Server.Sessions;

/// <summary>Signs people out.</summary>
internal sealed class CloseSession(Database database, ServerSecret secret)
{
    /// <summary>Ends the session with this text, if there is one.</summary>
    public Task Handle(string text, IPAddress? address, DateTimeOffset now) => database.Write(async scope =>
    {
        if (await SessionSql.End(scope, secret.Digest(text)) is { } userId && await UserSql.Find(scope, userId) is { } user)
            await AuditLog.Write(scope, new Caller(user, null, address, AdminMode: false), "session.close", "user", userId, "", now);
    });
}
