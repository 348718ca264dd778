using Npgsql;
using NpgsqlTypes;
using Patrol.Cli.Failures;

namespace Patrol.Cli.Sources.GitLabDatabase;

/// <summary>
/// Changes tokens by ranges of ids: a batch is read, stands in the undo log, and is then overwritten if nobody was faster. What it
/// leaves to others: the statements (<see cref="OverwriteSql"/>), transactions and locks (<see cref="Batching"/>).
/// </summary>
internal sealed class Changing(NpgsqlConnection connection, Schema schema, DateTimeOffset now)
{
    public async Task<ChangePlan> Plan(TokenChange change, TokenFilter which, CancellationToken cancellation)
    {
        var filter = new FilterSql(schema, which);
        var tokens = await Count($"SELECT count(*) FROM {filter.From} WHERE {filter.Where}", filter, cancellation);
        var memberships = tokens > 0 && change is TokenChange.MoveExpiry move ? await Count($"SELECT count(*) {EndingEarlier(move, filter)}", filter, cancellation) : 0;
        return new ChangePlan(change, which, tokens, memberships);
    }

    /// <summary>Whether this user may make the change, asked of the server itself; touches nothing.</summary>
    public async Task Rehearse(TokenChange change, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new OverwriteSql(Overwriting.Of(change, schema, now)).Rehearsal());
        if (change is TokenChange.MoveExpiry)
            batch.BatchCommands.Add(new NpgsqlBatchCommand("UPDATE members SET expires_at = expires_at WHERE FALSE"));
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    public async Task<ChangeOutcome> CarryOut(ChangePlan plan, UndoLog undo, Action<ChangeProgress> progress, CancellationToken cancellation)
    {
        long tokens = 0, memberships = 0;
        ChangeProgress? unsure = null;
        try
        {
            var overwriting = Overwriting.Of(plan.Change, schema, now);
            var sql = new OverwriteSql(overwriting);
            var batching = new Batching(connection);
            undo.Append(UndoText.Header(UndoText.Words(plan.Change), overwriting, await DatabaseIdentity.Of(connection), now).Span);
            long after = long.MinValue, first = long.MinValue;
            while (await Read(plan, sql, after, batching.Size, cancellation) is { } batch)
            {
                if (batch.FirstId != first)
                    batching.Moved();
                first = batch.FirstId;
                progress(new ChangeProgress(tokens, batch.FirstId, batch.LastId));
                undo.Append(UndoText.Batch(batch).Span);
                // A batch is never cut short; it takes less than a second.
                unsure = new ChangeProgress(batch.Count, batch.FirstId, batch.LastId);
                var (statements, expected) = Statements(plan, sql, batch);
                var written = await batching.Write(statements, expected, () =>
                {
                    undo.Retract();
                    unsure = null;
                });
                unsure = null;
                if (!written)
                    continue;
                tokens += batch.Count;
                memberships += batch.Memberships.Count;
                after = batch.LastId;
                cancellation.ThrowIfCancellationRequested();
            }
            return new ChangeOutcome(tokens, memberships, Unsure: null, Ended: null);
        }
        catch (Exception fault) when (fault is OperationCanceledException or CliFailure || DatabaseFaults.Explain(fault) is not null)
        {
            return new ChangeOutcome(tokens, memberships, unsure, fault);
        }
    }

    private (List<NpgsqlBatchCommand> Statements, List<long> Expected) Statements(ChangePlan plan, OverwriteSql sql, OverwrittenBatch batch)
    {
        var statements = new List<NpgsqlBatchCommand> { sql.Overwrite(batch, new FilterSql(schema, plan.Which)) };
        var expected = new List<long> { batch.Count };
        if (batch.Memberships.Count > 0)
        {
            statements.Add(OverwriteSql.Memberships(batch.Memberships, undo: false));
            expected.Add(batch.Memberships.Count);
        }
        return (statements, expected);
    }

    /// <summary>The next tokens by id, grouped by what they hold now; null when there are no more.</summary>
    private async Task<OverwrittenBatch?> Read(ChangePlan plan, OverwriteSql sql, long after, int size, CancellationToken cancellation)
    {
        var filter = new FilterSql(schema, plan.Which);
        var command = new NpgsqlBatchCommand(
            $"""
            SELECT array_agg(pat.id), {sql.Texts}
            FROM (SELECT pat.id::bigint, {sql.Names} FROM {filter.From} WHERE pat.id > {after} AND {filter.Where} ORDER BY pat.id LIMIT {size}) pat
            GROUP BY {sql.Names}
            """);
        filter.AddTo(command.Parameters);
        var tokens = await Counting.Unhurried(connection, [command], async reader =>
        {
            var read = new List<Alike>();
            while (await reader.ReadAsync(cancellation))
            {
                var ids = reader.GetFieldValue<long[]>(0);
                Array.Sort(ids);
                read.Add(new Alike(ids, [.. Enumerable.Range(1, reader.FieldCount - 1).Select(i => reader.IsDBNull(i) ? null : reader.GetString(i))]));
            }
            return read;
        }, cancellation);
        if (tokens.Count == 0)
            return null;
        var memberships = plan is { Memberships: > 0, Change: TokenChange.MoveExpiry move } ? await ReadMemberships(move, plan.Which, tokens, cancellation) : [];
        return new OverwrittenBatch(tokens, memberships);
    }

    private async Task<List<EndingMembership>> ReadMemberships(TokenChange.MoveExpiry move, TokenFilter which, List<Alike> tokens, CancellationToken cancellation)
    {
        var filter = new FilterSql(schema, which);
        var command = new NpgsqlBatchCommand($"SELECT m.id::bigint, m.expires_at::text {EndingEarlier(move, filter, $"AND pat.id = ANY(${filter.Next}::bigint[])")} ORDER BY m.id");
        filter.AddTo(command.Parameters);
        command.Parameters.Add(new() { Value = tokens.SelectMany(alike => alike.Ids).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        return await Counting.Unhurried(connection, [command], async reader =>
        {
            var read = new List<EndingMembership>();
            while (await reader.ReadAsync(cancellation))
                read.Add(new EndingMembership(reader.GetInt64(0), reader.GetString(1)));
            return read;
        }, cancellation);
    }

    // Before 17.9 a bot's membership ended with its token's first date (gitlab-rake, section 3). A bot all of whose tokens are
    // revoked gets nothing back.
    private static string EndingEarlier(TokenChange.MoveExpiry move, FilterSql filter, string more = "") =>
        $"""
        FROM members m JOIN users u ON u.id = m.user_id AND u.user_type = {FilterSql.ProjectBot}
        WHERE {(move.New is { } day ? $"m.expires_at < '{day:yyyy-MM-dd}'" : "m.expires_at IS NOT NULL")}
        AND EXISTS (SELECT FROM {Schema.Tokens} pat WHERE pat.user_id = u.id AND (pat.revoked = FALSE OR pat.revoked IS NULL) AND {filter.Where} {more})
        """;

    private async Task<long> Count(string sql, FilterSql filter, CancellationToken cancellation)
    {
        var command = new NpgsqlBatchCommand(sql);
        filter.AddTo(command.Parameters);
        return await Counting.Unhurried(connection, [command], async reader => await reader.ReadAsync(cancellation) ? reader.GetInt64(0) : 0, cancellation);
    }
}
