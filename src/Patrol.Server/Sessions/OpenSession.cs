using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using Patrol.Core.Directory;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Storage;
using Patrol.Server.Users;

namespace Patrol.Server.Sessions;

/// <summary>A new session: whose it is and, this once, its text, which goes into a cookie.</summary>
internal sealed record IssuedSession(User User, Secret Text);

/// <summary>
/// Signs people in. Sessions belong to this room: it makes, reads and ends them, and checks passwords; which cookie carries them is
/// in <see cref="SessionCookie"/>. A session is good for its user's full rights until it is signed out, has not been used for a
/// while, or the user is blocked, is deleted, or has another password.
/// </summary>
internal sealed class OpenSession(Database database, ServerSecret secret)
{
    private const int TextBytes = 32;

    /// <summary>For somebody who has given their password.</summary>
    /// <param name="right">What <see cref="CheckPassword"/> found right.</param>
    /// <param name="address">Where they are.</param>
    /// <param name="now">The instant of the request.</param>
    /// <returns>The session; null if at this moment the user was blocked or the password changed.</returns>
    public Task<IssuedSession?> Handle(PasswordCheck right, IPAddress? address, DateTimeOffset now) =>
        Open(right.User!, right.Hash, null, address, now);

    /// <summary>For somebody whom another authority vouches for.</summary>
    public Task<IssuedSession?> Handle(User user, IPAddress? address, DateTimeOffset now) => Open(user, null, null, address, now);

    /// <summary>For the bearer of a token; it ends with the token.</summary>
    public Task<IssuedSession?> Handle(TokenSnapshot token, IPAddress? address, DateTimeOffset now) => Open(token.Owner, null, token.Token.Id, address, now);

    private async Task<IssuedSession?> Open(User user, string? passwordHash, long? tokenId, IPAddress? address, DateTimeOffset now)
    {
        var text = SessionRules.TextPrefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TextBytes));
        var opened = await database.Write(async scope =>
        {
            if (!await UserSql.HoldActive(scope, user.Id, passwordHash))
                return false;
            await SessionSql.DeleteExpired(scope, now);
            await SessionSql.Insert(scope, secret.Digest(text), user.Id, tokenId, now, SessionRules.EndsAt(now, now));
            var caller = new Caller(user, null, address, AdminMode: false);
            await AuditLog.Write(scope, caller, "session.open", "user", user.Id, tokenId is null ? "" : $"with token {tokenId}", now);
            return true;
        });
        return opened ? new IssuedSession(user, new Secret(text)) : null;
    }
}
