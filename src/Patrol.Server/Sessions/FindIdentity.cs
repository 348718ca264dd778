using Dapper;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Storage;
using Patrol.Server.Users;

namespace Patrol.Server.Sessions;

/// <summary>
/// Finds the user whom another authority vouches for. The first time it goes by the e-mail address, if that authority has verified
/// it; from then on by the subject that it names, whatever becomes of either address: to each authority a user is one subject, so
/// that nobody who is given the address of somebody who left becomes them. Accounts are made by administrators alone.
/// </summary>
internal sealed class FindIdentity(Database database)
{
    /// <param name="issuer">The authority.</param>
    /// <param name="subject">Who somebody is to it.</param>
    /// <param name="email">Their verified e-mail address, if there is one.</param>
    /// <param name="now">When.</param>
    /// <returns>The user, blocked or not; null if there is none.</returns>
    public async Task<User?> Handle(string issuer, string subject, string? email, DateTimeOffset now)
    {
        const string linked = "SELECT user_id FROM identities WHERE issuer = @issuer AND subject = @subject";
        if (await database.Read(async connection => await connection.ExecuteScalarAsync<long?>(linked, new { issuer, subject }) is { } id ? await UserSql.Find(connection, id) : null) is { } user)
            return user;
        if (email is null || !email.Contains('@'))
            return null;
        return await database.Write(async scope =>
        {
            // Held, so that of two subjects at the same moment the second finds the first.
            if (await UserSql.FindByEmail(scope, email) is not { IsBot: false } known || await UserSql.Hold(scope, known.Id) is not { } found ||
                await scope.Scalar<long>("SELECT count(*) FROM identities WHERE issuer = @issuer AND user_id = @Id AND subject <> @subject", new { issuer, found.Id, subject }) > 0)
                return null;
            await scope.Execute(
                "INSERT INTO identities (issuer, subject, user_id, created_at) VALUES (@issuer, @subject, @Id, @at) ON CONFLICT (issuer, subject) DO NOTHING",
                new { issuer, subject, found.Id, at = now.ToUnixTimeMilliseconds() });
            await AuditLog.Write(scope, new Caller(found, null, null, AdminMode: false), "identity.link", "user", found.Id, $"{subject} of {issuer}", now);
            return found;
        });
    }
}
