using System.Data.Common;
using Dapper;

namespace Patrol.Server.Storage;

/// <summary>One transaction: the SQL that runs in it, and what it changes for those who remember things.</summary>
public sealed class WriteScope(DbConnection connection, DbTransaction transaction)
{
    private const int LongestRemembered = 2_000;

    /// <summary>What the transaction changes, to be announced when it is committed.</summary>
    public Changes Changes { get; } = new();

    /// <summary>Runs a statement; answers how many rows it touched.</summary>
    public Task<int> Execute(string sql, object? parameters = null) => connection.ExecuteAsync(Command(sql, parameters));

    /// <summary>The one value of a query, such as an id from <c>RETURNING</c>.</summary>
    public async Task<T> Scalar<T>(string sql, object? parameters = null) =>
        (await connection.ExecuteScalarAsync<T>(Command(sql, parameters)))!;

    /// <summary>The first row, or null.</summary>
    public Task<T?> First<T>(string sql, object? parameters = null) =>
        connection.QueryFirstOrDefaultAsync<T>(Command(sql, parameters));

    /// <summary>All rows.</summary>
    public async Task<List<T>> Query<T>(string sql, object? parameters = null) =>
        (await connection.QueryAsync<T>(Command(sql, parameters))).AsList();

    /// <summary>
    /// Holds rows, in the order of their ids, so that nobody changes them before the transaction ends: what is read of them from here
    /// on is still so when it is written.
    /// </summary>
    /// <param name="table">Of which table.</param>
    /// <param name="which">SQL that follows <c>WHERE</c>: which rows.</param>
    /// <param name="parameters">What that names.</param>
    public async Task Hold(string table, string which, object? parameters = null)
    {
        // One after the other: two who hold the same rows in different orders would wait for each other. By a change that changes
        // nothing, because SQLite knows no other way.
        foreach (var id in await Query<long>($"SELECT id FROM {table} WHERE {which} ORDER BY id", parameters))
            await Execute($"UPDATE {table} SET created_at = created_at WHERE id = @id", new { id });
    }

    // A long statement holds ids and will not come again: the mapper need not remember it.
    private CommandDefinition Command(string sql, object? parameters) =>
        new(sql, parameters, transaction, flags: sql.Length > LongestRemembered ? CommandFlags.NoCache | CommandFlags.Buffered : CommandFlags.Buffered);
}
