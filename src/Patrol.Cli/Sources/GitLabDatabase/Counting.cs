using Npgsql;

namespace Patrol.Cli.Sources.GitLabDatabase;

/// <summary>Counts by day. They look through the whole table, so the server's statement_timeout is lifted for them, as GitLab does.</summary>
internal static class Counting
{
    /// <summary>Makes PostgreSQL write dates as <c>2026-12-31</c>, whatever the database's own setting, until the transaction ends.</summary>
    public const string IsoDates = "SET LOCAL datestyle = 'ISO, YMD'";

    /// <summary>Keeps PostgreSQL from compiling a statement, until the transaction ends: for what is asked here that takes longer than it saves.</summary>
    public const string NotCompiled = "SET LOCAL jit = off";

    public static async Task<ExpiryAnalysis> Analyze(NpgsqlConnection connection, Schema schema, TokenFilter which, CancellationToken cancellation)
    {
        var sql = new FilterSql(schema, which);
        var counts = new NpgsqlBatchCommand($"{ByDay(sql.From, sql.Where)} ORDER BY tokens DESC, day DESC LIMIT {ExpiryAnalysis.Top}");
        sql.AddTo(counts.Parameters);
        if (!schema.Has("batched_background_migrations.job_class_name"))
            return await Unhurried(connection, [counts], async reader => new ExpiryAnalysis(null, await Days(reader, cancellation)), cancellation);
        const string time = "'YYYY-MM-DD HH24:MI:SS +0000'";
        var runs = new NpgsqlBatchCommand(
            $"""
            SELECT COALESCE(to_char(started_at, {time}), ''), COALESCE(to_char(finished_at, {time}), '') FROM batched_background_migrations
            WHERE job_class_name = 'CleanupPersonalAccessTokensWithNilExpiresAt' AND table_name = 'personal_access_tokens' AND column_name = 'id'
            {(schema.Has("batched_background_migrations.id") ? "ORDER BY id" : "")} LIMIT 1
            """);
        return await Unhurried(connection, [runs, counts], async reader =>
        {
            var migration = await reader.ReadAsync(cancellation) ? new MigrationRun(reader.GetString(0), reader.GetString(1)) : null;
            await reader.NextResultAsync(cancellation);
            return new ExpiryAnalysis(migration, await Days(reader, cancellation));
        }, cancellation);
    }

    public static Task<IReadOnlyList<ExpiryCount>> ComingDates(NpgsqlConnection connection, DateOnly today, int top, CancellationToken cancellation) => Unhurried(
        connection,
        [new($"{ByDay($"{Schema.Tokens} pat", $"pat.expires_at > '{today:yyyy-MM-dd}'")} ORDER BY tokens DESC, day LIMIT {top}")],
        reader => Days(reader, cancellation),
        cancellation);

    /// <summary>Runs statements in a transaction of their own that may read as long as it takes, in one round trip. Dates come as ISO's texts.</summary>
    public static async Task<T> Unhurried<T>(
        NpgsqlConnection connection, IReadOnlyList<NpgsqlBatchCommand> commands, Func<NpgsqlDataReader, Task<T>> read, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var batch = Unhurried(transaction, commands);
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        return await read(reader);
    }

    /// <summary>The same for whoever takes the rows one by one: what a transaction just begun should run. It ends the transaction too.</summary>
    public static NpgsqlBatch Unhurried(NpgsqlTransaction transaction, IReadOnlyList<NpgsqlBatchCommand> commands)
    {
        var batch = new NpgsqlBatch(transaction.Connection, transaction);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SET LOCAL statement_timeout = 0"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(IsoDates));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(NotCompiled));
        if (transaction.Connection!.PostgreSqlVersion.Major >= 17)
            batch.BatchCommands.Add(new NpgsqlBatchCommand("SET LOCAL transaction_timeout = 0"));
        foreach (var command in commands)
            batch.BatchCommands.Add(command);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        return batch;
    }

    /// <summary>Rows as PostgreSQL's texts, unhurried.</summary>
    public static Task<List<string?[]>> Texts(NpgsqlConnection connection, string sql, CancellationToken cancellation) =>
        Unhurried(connection, [new(sql)], async reader =>
        {
            var rows = new List<string?[]>();
            while (await reader.ReadAsync(cancellation))
                rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetString(i))]);
            return rows;
        }, cancellation);

    // Counted by the column itself, which the server does fastest, and then once more by what its few days are shown as.
    private static string ByDay(string from, string where) =>
        $"""
        SELECT day, sum(tokens)::bigint AS tokens
        FROM (SELECT {CalendarRange.Day("pat.expires_at")} AS day, count(*) AS tokens FROM {from} WHERE {where} GROUP BY pat.expires_at) found
        GROUP BY day
        """;

    private static async Task<IReadOnlyList<ExpiryCount>> Days(NpgsqlDataReader reader, CancellationToken cancellation)
    {
        var days = new List<ExpiryCount>();
        while (await reader.ReadAsync(cancellation))
            days.Add(new ExpiryCount(reader.IsDBNull(0) ? null : reader.GetFieldValue<DateOnly>(0), reader.GetInt64(1)));
        return days;
    }
}
