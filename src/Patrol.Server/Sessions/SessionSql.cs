using System.Data.Common;
using Dapper;
using Patrol.Core.Tokens;
using Patrol.Server.Storage;
using Patrol.Server.Users;

namespace Patrol.Server.Sessions;

/// <summary>The sessions' table. Of a session's text, as of a token's, only the digest is kept.</summary>
internal static class SessionSql
{
    /// <summary>Stores a new session.</summary>
    public static Task Insert(WriteScope scope, TokenDigest digest, long userId, long? tokenId, DateTimeOffset now, DateTimeOffset expiresAt) => scope.Execute(
        "INSERT INTO sessions (digest, user_id, token_id, created_at, expires_at) VALUES (@digest, @userId, @tokenId, @now, @expiresAt)",
        new { digest = digest.ToBytes(), userId, tokenId, now = now.ToUnixTimeMilliseconds(), expiresAt = expiresAt.ToUnixTimeMilliseconds() });

    /// <summary>The session with that digest and its user, if it has not ended and the user is active.</summary>
    public static async Task<(User User, SessionRow Session)?> Find(DbConnection connection, TokenDigest digest, DateTimeOffset now)
    {
        var session = await connection.QueryFirstOrDefaultAsync<SessionRow>(
            "SELECT user_id, token_id, created_at, expires_at FROM sessions WHERE digest = @digest AND expires_at > @now",
            new { digest = digest.ToBytes(), now = now.ToUnixTimeMilliseconds() });
        return session is not null && await UserSql.Find(connection, session.UserId) is { IsActive: true } user ? (user, session) : null;
    }

    /// <summary>Puts its end off.</summary>
    public static Task Prolong(WriteScope scope, TokenDigest digest, DateTimeOffset expiresAt) => scope.Execute(
        "UPDATE sessions SET expires_at = @expiresAt WHERE digest = @digest", new { digest = digest.ToBytes(), expiresAt = expiresAt.ToUnixTimeMilliseconds() });

    /// <summary>Ends one; answers whose it was, or null if there was none.</summary>
    public static Task<long?> End(WriteScope scope, TokenDigest digest) =>
        scope.First<long?>("DELETE FROM sessions WHERE digest = @digest RETURNING user_id", new { digest = digest.ToBytes() });

    /// <summary>Ends all of a user's: who knew the old password, or was let in before, is out.</summary>
    public static Task EndAll(WriteScope scope, long userId) => scope.Execute("DELETE FROM sessions WHERE user_id = @userId", new { userId });

    /// <summary>Clears away what has ended by itself.</summary>
    public static Task DeleteExpired(WriteScope scope, DateTimeOffset now) =>
        scope.Execute("DELETE FROM sessions WHERE expires_at <= @now", new { now = now.ToUnixTimeMilliseconds() });
}

/// <summary>A session as stored. Instants are Unix milliseconds.</summary>
internal sealed record SessionRow
{
    public long UserId { get; init; }
    public long? TokenId { get; init; }
    public long CreatedAt { get; init; }
    public long ExpiresAt { get; init; }
}
