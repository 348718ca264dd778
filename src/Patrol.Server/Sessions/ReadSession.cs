using Patrol.Core.Directory;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Storage;
using Patrol.Server.Tokens;
using Patrol.Server.Users;

namespace Patrol.Server.Sessions;

/// <summary>
/// Finds out who is signed in, from the database each time, so that whatever ended a session ended it for every server at once.
/// </summary>
internal sealed class ReadSession(Database database, ServerSecret secret, TokenVerifier verifier)
{
    private const int LongestText = 100;

    /// <summary>Whose session it is, or null if there is none any more. Using it puts its end off.</summary>
    public async Task<User?> Handle(string text, DateTimeOffset now)
    {
        if (text.Length > LongestText)
            return null;
        var digest = secret.Digest(text);
        var found = await database.Read(async connection =>
            await SessionSql.Find(connection, digest, now) is not { } known ? null
            : new Known(known.User, known.Session, known.Session.TokenId is { } id ? await TokenSql.Find(connection, id) : null));
        if (found is null || (found.Session.TokenId is not null && !IsGood(found, now)))
            return null;
        var (openedAt, end) = (DateTimeOffset.FromUnixTimeMilliseconds(found.Session.CreatedAt), DateTimeOffset.FromUnixTimeMilliseconds(found.Session.ExpiresAt));
        if (SessionRules.Prolonged(openedAt, end, now) is { } later)
            await database.Write(scope => SessionSql.Prolong(scope, digest, later));
        return found.User;
    }

    private bool IsGood(Known found, DateTimeOffset now) =>
        found.Token is not null && verifier.Judge(new TokenSnapshot(found.Token, found.User, new LastUse(null, [])), now) == TokenVerdict.Good;

    private sealed record Known(User User, SessionRow Session, Token? Token);
}
