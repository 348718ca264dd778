using System.Diagnostics;
using Patrol.Core.Tokens;
using Patrol.Server.Audit;
using Patrol.Server.Settings;
using Patrol.Server.Storage;

namespace Patrol.Server.Tokens;

/// <summary>
/// Deletes Atlassian's tokens some days after they expired (<c>pruning.delay.days</c>), and never before people have been told that
/// they did. GitLab's are kept, as in GitLab.
/// </summary>
internal sealed class PruneTokens(Database database, TokenIndex index, SettingsStore settings)
{
    private const int RowsPerTransaction = 500;

    /// <summary>Does it; answers how many it deleted.</summary>
    /// <param name="now">The instant that decides.</param>
    /// <param name="told">The instant up to which people are told of tokens that expired.</param>
    /// <param name="stopping">Ends it.</param>
    public async Task<long> Handle(DateTimeOffset now, DateTimeOffset told, CancellationToken stopping)
    {
        var days = settings.Current.Atlassian.PruningDelayDays;
        // Nothing ended that long ago; and not much longer ago there was no calendar.
        if (TimeSpan.FromDays(days) > now - DateTimeOffset.UnixEpoch)
            return 0;
        var before = Math.Min(now.AddDays(-days).ToUnixTimeMilliseconds(), told.ToUnixTimeMilliseconds());
        long deleted = 0;
        var old = await index.All(new TokenFilter { Dialect = TokenDialect.Atlassian, EndsTo = DateTimeOffset.FromUnixTimeMilliseconds(before) }, now);
        foreach (var part in old.Chunk(RowsPerTransaction))
        {
            stopping.ThrowIfCancellationRequested();
            var started = Stopwatch.GetTimestamp();
            deleted += await database.Write(scope => Delete(scope, part, before));
            await Pace.Rest(started, stopping);
        }
        if (deleted > 0)
        {
            await database.Write(scope => AuditLog.Write(
                scope, null, "token.prune", "token", null, $"{deleted} Atlassian tokens that had expired {days} days before", now));
        }
        return deleted;
    }

    private static async Task<long> Delete(WriteScope scope, long[] ids, long before)
    {
        // A letter names its tokens when it is sent.
        var gone = await scope.Query<long>(
            $"""
            DELETE FROM tokens WHERE expires_at <= @before AND id IN ({string.Join(',', ids)})
              AND NOT EXISTS (SELECT 1 FROM notices JOIN outbox ON outbox.id = notices.outbox_id WHERE notices.token_id = tokens.id)
            RETURNING id
            """,
            new { before });
        scope.Changes.Tokens.UnionWith(gone);
        return gone.Count;
    }
}
