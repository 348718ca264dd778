using System.Buffers.Text;
using System.Security.Cryptography;
using Dapper;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Storage;

namespace Patrol.Server.Users;

/// <summary>
/// The secret address at which a person's calendar program finds expiry dates. Such programs cannot sign in, so the address itself
/// lets them in: to those dates and to nothing else. Of its secret only the digest is kept; a new one ends the old one.
/// </summary>
internal sealed class CalendarFeed(Database database, ServerSecret secret)
{
    private const int SecretBytes = 24;

    /// <summary>When the present address was made; null if there is none.</summary>
    public Task<DateTimeOffset?> MadeAt(long userId) => database.Read(async connection =>
        await connection.ExecuteScalarAsync<long?>("SELECT created_at FROM calendar_feeds WHERE user_id = @userId", new { userId }) is { } at
            ? DateTimeOffset.FromUnixTimeMilliseconds(at)
            : default(DateTimeOffset?));

    /// <summary>Makes an address in the place of the one before; answers its secret.</summary>
    public Task<Secret> Make(Caller caller, DateTimeOffset now) => database.Write(async scope =>
    {
        var text = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));
        await scope.Execute(
            """
            INSERT INTO calendar_feeds (user_id, digest, created_at) VALUES (@userId, @digest, @at)
            ON CONFLICT (user_id) DO UPDATE SET digest = @digest, created_at = @at
            """,
            new { userId = caller.User.Id, digest = secret.Digest(text).ToBytes(), at = now.ToUnixTimeMilliseconds() });
        await AuditLog.Write(scope, caller, "calendar_feed.create", "user", caller.User.Id, "", now);
        return new Secret(text);
    });

    /// <summary>Takes the address away.</summary>
    public Task Remove(Caller caller, DateTimeOffset now) => database.Write(async scope =>
    {
        if (await scope.Execute("DELETE FROM calendar_feeds WHERE user_id = @Id", new { caller.User.Id }) > 0)
            await AuditLog.Write(scope, caller, "calendar_feed.delete", "user", caller.User.Id, "", now);
    });

    /// <summary>Whose address it is; null if it is none, or its person is blocked.</summary>
    public Task<User?> Find(string text) => database.Read(async connection =>
        await connection.ExecuteScalarAsync<long?>("SELECT user_id FROM calendar_feeds WHERE digest = @digest", new { digest = secret.Digest(text).ToBytes() }) is { } id
            && await UserSql.Find(connection, id) is { IsActive: true } user
            ? user
            : null);
}
