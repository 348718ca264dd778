using Dapper;
using Patrol.Server.Storage;

namespace Patrol.Server.Outbox;

/// <summary>
/// The outbox: what is to be sent to the world outside, written in the transaction that decides on it, sent afterwards by any
/// server, and tried again until it is out.
/// </summary>
internal static class OutboxSql
{
    private const int RowsPerStatement = 500;

    // Whoever has taken something and says nothing for this long is gone.
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    /// <summary>Posts; answers the ids. No two of the items are the same.</summary>
    public static async Task<Dictionary<(RecipientKind Kind, long RecipientId, string Body), long>> Post(
        WriteScope scope, IReadOnlyCollection<(RecipientKind Kind, long RecipientId, string Body)> items, DateTimeOffset now)
    {
        var ids = new Dictionary<(RecipientKind, long, string), long>();
        foreach (var part in items.Chunk(RowsPerStatement))
        {
            var parameters = new DynamicParameters(new { at = now.ToUnixTimeMilliseconds() });
            for (var i = 0; i < part.Length; i++)
                parameters.Add($"body{i}", part[i].Body);
            var rows = string.Join(',', part.Select((item, i) => $"({(long)item.Kind},{item.RecipientId},@body{i},@at,@at,0)"));
            foreach (var made in await scope.Query<OutboxItem>(
                $"INSERT INTO outbox (kind, recipient_id, body, created_at, due_at, attempts) VALUES {rows} RETURNING id, kind, recipient_id, body", parameters))
                ids.Add((made.Kind, made.RecipientId, made.Body), made.Id);
        }
        return ids;
    }

    /// <summary>Takes what is due, the oldest first. Until it is settled or the lease is over, it is this caller's.</summary>
    public static async Task<List<OutboxItem>> Take(Database database, RecipientKind kind, int most, DateTimeOffset now)
    {
        var values = new { kind = (long)kind, most, at = now.ToUnixTimeMilliseconds(), lease = (now + Lease).ToUnixTimeMilliseconds() };
        var due = await database.Read(connection => connection.QueryAsync<long>("SELECT id FROM outbox WHERE kind = @kind AND due_at <= @at ORDER BY due_at, id LIMIT @most", values));
        var ids = due.Order().ToList();
        // Of two who looked at the same moment, the second one finds it taken.
        return ids.Count == 0 ? [] : await database.Write(async scope => (await scope.Query<OutboxItem>(
            $"""
            UPDATE outbox SET due_at = @lease, attempts = attempts + 1, failure = NULL WHERE id IN ({string.Join(',', ids)}) AND due_at <= @at
            RETURNING id, kind, recipient_id, body, created_at, attempts
            """,
            values)).OrderBy(item => item.Id).ToList());
    }

    /// <summary>Deletes what was sent or is not to be sent.</summary>
    public static async Task Delete(WriteScope scope, IEnumerable<long> ids)
    {
        foreach (var part in ids.Chunk(RowsPerStatement))
            await scope.Execute($"DELETE FROM outbox WHERE id IN ({string.Join(',', part)})");
    }

    /// <summary>Puts something off.</summary>
    public static Task PutOff(WriteScope scope, OutboxItem item, DateTimeOffset until, string failure) => scope.Execute(
        "UPDATE outbox SET due_at = @due, failure = @failure WHERE id = @Id", new { item.Id, due = until.ToUnixTimeMilliseconds(), failure });

    /// <summary>Gives back what was taken and not tried: it is due again at once.</summary>
    public static Task GiveBack(WriteScope scope, IEnumerable<OutboxItem> items, DateTimeOffset now) => scope.Execute(
        $"UPDATE outbox SET due_at = @at, attempts = attempts - 1 WHERE id IN ({string.Join(',', items.Select(item => item.Id))})", new { at = now.ToUnixTimeMilliseconds() });

    /// <summary>What waits for a kind of recipient, the oldest first.</summary>
    public static async Task<List<OutboxItem>> Waiting(System.Data.Common.DbConnection connection, RecipientKind kind) => (await connection.QueryAsync<OutboxItem>(
        "SELECT id, kind, recipient_id, body, created_at, attempts FROM outbox WHERE kind = @kind ORDER BY id", new { kind = (long)kind })).AsList();
}
