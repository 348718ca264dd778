using System.Diagnostics;
using Dapper;
using Patrol.Server.Audit;
using Patrol.Server.Storage;

namespace Patrol.Server.Users;

/// <summary>
/// Deletes bots all of whose tokens were revoked or expired more than thirty days ago, or who have none; GitLab's nightly job since
/// 17.9. Not before those who look after them have been told that the tokens expired.
/// </summary>
internal sealed class RemoveInactiveBots(Database database)
{
    private const int UsersPerRange = 1_000;
    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    // A bot that is just being made has its token in the same transaction. A letter names its tokens when it is sent.
    private const string Inactive = """
        u.kind = 6 AND u.created_at < @before AND NOT EXISTS (
            SELECT 1 FROM tokens t WHERE t.user_id = u.id
              AND NOT (coalesce(t.expires_at < @ended, 1 = 0) OR coalesce(t.revoked_at < @before, 1 = 0)))
          AND NOT EXISTS (
            SELECT 1 FROM tokens t JOIN notices n ON n.token_id = t.id JOIN outbox o ON o.id = n.outbox_id WHERE t.user_id = u.id)
        """;

    /// <summary>Does it; answers how many it deleted.</summary>
    /// <param name="now">The instant that decides.</param>
    /// <param name="told">The instant up to which people are told of tokens that expired.</param>
    /// <param name="stopping">Ends it.</param>
    public async Task<long> Handle(DateTimeOffset now, DateTimeOffset told, CancellationToken stopping)
    {
        long deleted = 0;
        var before = (now - Kept).ToUnixTimeMilliseconds();
        var ended = Math.Min(before, told.ToUnixTimeMilliseconds());
        for (long? after = 0; after is not null;)
        {
            stopping.ThrowIfCancellationRequested();
            var started = Stopwatch.GetTimestamp();
            var range = new { after, most = UsersPerRange };
            var (bots, last) = await database.Read(async connection =>
            {
                var ids = (await connection.QueryAsync<long>("SELECT id FROM users WHERE id > @after ORDER BY id LIMIT @most", range)).AsList();
                long? end = ids.Count == 0 ? null : ids[^1];
                var found = end is null ? [] : (await connection.QueryAsync<(long Id, string Username)>(
                    $"SELECT u.id, u.username FROM users u WHERE u.id > @after AND u.id <= @end AND {Inactive}", new { after, end, before, ended })).AsList();
                return (found, end);
            });
            if (bots.Count > 0)
                deleted += await database.Write(scope => Delete(scope, bots, before, ended, now));
            after = last;
            await Pace.Rest(started, stopping);
        }
        return deleted;
    }

    private static async Task<long> Delete(WriteScope scope, List<(long Id, string Username)> bots, long before, long ended, DateTimeOffset now)
    {
        // Looked at again: one of them may have been given a token in between.
        var gone = (await scope.Query<long>(
            $"SELECT u.id FROM users u WHERE u.id IN ({string.Join(',', bots.Select(bot => bot.Id))}) AND {Inactive}", new { before, ended })).ToHashSet();
        foreach (var (id, username) in bots.Where(bot => gone.Contains(bot.Id)))
            await AuditLog.Write(scope, null, "user.delete", "user", id, $"{username}: no active token for 30 days", now);
        await UserDeletion.Delete(scope, gone);
        return gone.Count;
    }
}
