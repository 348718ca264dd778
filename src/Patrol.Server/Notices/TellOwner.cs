using Patrol.Core.Tokens;
using Patrol.Server.Outbox;
using Patrol.Server.Storage;
using Patrol.Server.Tokens;
using Patrol.Server.Users;

namespace Patrol.Server.Notices;

/// <summary>
/// Tells people what was done to their tokens: made, rotated, revoked; GitLab's mails, part of the transaction that does it. Bots
/// have no mail box, and what administrators make to act as somebody is not announced.
/// </summary>
internal static class TellOwner
{
    public static Task Created(WriteScope scope, Token token, DateTimeOffset now) => Post(scope, LetterAbout.Created, token, now);

    public static Task Rotated(WriteScope scope, Token token, DateTimeOffset now) => Post(scope, LetterAbout.Rotated, token, now);

    /// <summary>Rotated, but so that the old one works on for a while.</summary>
    public static Task Renewed(WriteScope scope, Token token, DateTimeOffset now) => Post(scope, LetterAbout.Renewed, token, now);

    /// <summary>One letter for each person who owned some of them.</summary>
    public static async Task Revoked(WriteScope scope, IReadOnlyCollection<long> tokenIds, DateTimeOffset now)
    {
        if (tokenIds.Count == 0)
            return;
        var owners = await scope.Query<(long Id, long UserId)>(
            $"""
            SELECT t.id, t.user_id FROM tokens t JOIN users u ON u.id = t.user_id
            WHERE t.kind = {(int)TokenKind.Personal} AND t.dialect = {(int)TokenDialect.GitLab} AND u.kind = {(int)UserKind.Human}
              AND t.id IN ({string.Join(',', tokenIds)}) ORDER BY t.id
            """);
        await OutboxSql.Post(
            scope,
            [
                .. owners.GroupBy(row => row.UserId, row => row.Id)
                    .Select(mine => (RecipientKind.Person, mine.Key, LetterBody.Of(LetterAbout.Revoked, [.. mine]).ToJson())),
            ],
            now);
    }

    private static Task Post(WriteScope scope, LetterAbout about, Token token, DateTimeOffset now) =>
        token is { Kind: TokenKind.Personal, Dialect: TokenDialect.GitLab }
            ? OutboxSql.Post(scope, [(RecipientKind.Person, token.UserId, LetterBody.Of(about, [token.Id]).ToJson())], now)
            : Task.CompletedTask;
}
