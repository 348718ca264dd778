using Patrol.Server.Storage;

namespace Patrol.Server.Notices;

/// <summary>The table of who has been told what. It is written together with the outbox, so that neither is ever without the other.</summary>
internal static class NoticeSql
{
    private const int RowsPerStatement = 500;

    /// <summary>Writes down that a recipient is told of tokens.</summary>
    /// <exception cref="System.Data.Common.DbException">A duplicate: somebody else has just written it.</exception>
    public static async Task Insert(WriteScope scope, Owed owed, IEnumerable<OwedToken> tokens, long outboxId)
    {
        foreach (var part in tokens.Chunk(RowsPerStatement))
        {
            var rows = string.Join(',', part.Select(token =>
                $"({token.Id},{token.ExpiresAt},{owed.WithinDays},{(int)owed.Kind},{owed.RecipientId},{outboxId})"));
            // A token can have been deleted since it was found to be owed about.
            await scope.Execute($"""
                INSERT INTO notices (token_id, expires_at, within_days, recipient_kind, recipient_id, outbox_id)
                SELECT column1, column2, column3, column4, column5, column6 FROM (VALUES {rows}) AS owed
                WHERE EXISTS (SELECT 1 FROM tokens WHERE tokens.id = owed.column1)
                """);
        }
    }

    /// <summary>What was posted under these ids has not reached anybody.</summary>
    public static async Task Forget(WriteScope scope, IEnumerable<long> outboxIds)
    {
        foreach (var part in outboxIds.Chunk(RowsPerStatement))
            await scope.Execute($"DELETE FROM notices WHERE outbox_id IN ({string.Join(',', part)})");
    }
}
