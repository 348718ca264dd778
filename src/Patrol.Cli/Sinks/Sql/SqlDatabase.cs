using System.Data;
using System.Data.Common;
using Patrol.Cli.Failures;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sinks.Sql;

/// <summary>
/// A database that holds tokens in rows: one connection for the run, which also holds the lock that keeps other runs out, wherever
/// they are. What the two engines do differently is in the classes below this one.
/// </summary>
internal abstract class SqlDatabase(SqlAddress address, Secret? password) : IAsyncDisposable
{
    private readonly Dictionary<string, SqlTable> tables = new(StringComparer.Ordinal);
    private DbConnection? connection;

    public SqlAddress Address => address;

    protected string LockName => $"patrol renew {Renewal.Folders.NameFor(address.Database.ToUpperInvariant())}";

    protected string? Password => password?.Reveal();

    public static SqlDatabase For(SqlAddress address, Secret? password) => address.IsPostgres ? new PostgresDatabase(address, password) : new MariaDatabase(address, password);

    /// <summary>What a table is like; asked once.</summary>
    public Task<SqlTable> Table(string name, CancellationToken cancellation) => Guard(async open =>
    {
        if (!tables.TryGetValue(name, out var table))
            tables[name] = table = await Describe(open, name, cancellation);
        return table;
    }, cancellation);

    /// <summary>Works on the open connection; the engine's exceptions become failures without the texts that they may quote.</summary>
    public async Task<T> Guard<T>(Func<DbConnection, Task<T>> work, CancellationToken cancellation)
    {
        try
        {
            return await work(await Open(cancellation));
        }
        catch (Exception fault) when (fault is DbException or IOException or InvalidOperationException { Source: "MySqlConnector" or "Npgsql" })
        {
            throw Explain(fault);
        }
    }

    /// <summary>A name in SQL.</summary>
    public abstract string Quote(string name);

    /// <summary>Whether a column holds exactly this text, to the byte and in capitals as given, or is null with it.</summary>
    public abstract string Holds(string column, string parameter);

    /// <summary>Reads the row that a condition picks, locked against changes: each column's name and a text that tells its values apart.</summary>
    public abstract Task<List<Dictionary<string, string?>>> Rows(
        DbConnection open, DbTransaction? transaction, SqlTable table, string condition, IReadOnlyList<(string Name, object? Value)> parameters, CancellationToken cancellation);

    /// <summary>A condition by which the engine finds one row by index, and so locks no other.</summary>
    public abstract string Indexed(string column, string parameter);

    public async ValueTask DisposeAsync()
    {
        if (connection is { } open)
            await open.DisposeAsync();
        connection = null;
    }

    public static DbCommand Command(DbConnection open, DbTransaction? transaction, string sql, IEnumerable<(string Name, object? Value)> parameters)
    {
        var command = open.CreateCommand();
        command.Transaction = transaction;
        // Names are quoted by the engine's rules, values are parameters.
#pragma warning disable CA2100
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value, parameter.DbType) = (name, value ?? DBNull.Value, DbType.String);
            command.Parameters.Add(parameter);
        }
        return command;
    }

    protected abstract DbConnection Connect();

    /// <summary>Sets the session up and takes the lock.</summary>
    /// <returns>Null, or who has the lock.</returns>
    protected abstract Task<string?> Prepare(DbConnection open, CancellationToken cancellation);

    protected abstract Task<SqlTable> Describe(DbConnection open, string name, CancellationToken cancellation);

    protected abstract CliFailure Explain(Exception fault);

    protected static async Task<List<string?[]>> Query(DbConnection open, string sql, CancellationToken cancellation, params (string Name, object? Value)[] parameters)
    {
        await using var command = Command(open, null, sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<string?[]>();
        while (await reader.ReadAsync(cancellation))
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(column => reader.IsDBNull(column) ? null : Convert.ToString(reader.GetValue(column), null))]);
        return rows;
    }

    private async Task<DbConnection> Open(CancellationToken cancellation)
    {
        if (connection is { State: ConnectionState.Open } open)
            return open;
        await DisposeAsync();
        var fresh = Connect();
        try
        {
            await fresh.OpenAsync(cancellation);
            if (await Prepare(fresh, cancellation) is { } holder)
                throw new CliFailure(ExitCode.SomeRefused, $"Another renewal works on {address}: {holder}. Wait until it ends, or end it; then run the same again.");
        }
        catch
        {
            await fresh.DisposeAsync();
            throw;
        }
        return connection = fresh;
    }
}

/// <summary>A table as it really is.</summary>
/// <param name="Name">Quoted, with its schema, in the case that the server knows it by.</param>
/// <param name="Columns">Each column's longest text; null where it has none or is no text.</param>
/// <param name="Key">The primary key.</param>
/// <param name="WhyNot">Why rows of it cannot be renewed safely; null if they can.</param>
/// <param name="Types">Each column's type.</param>
internal sealed record SqlTable(string Name, IReadOnlyDictionary<string, long?> Columns, IReadOnlyList<string> Key, string? WhyNot, IReadOnlyDictionary<string, string> Types)
{
    // Both engines' words for what holds texts, rather than bytes, numbers or documents.
    private static readonly string[] TextTypes = ["char", "varchar", "tinytext", "text", "mediumtext", "longtext", "bpchar", "citext"];

    /// <summary>Whether a column holds texts.</summary>
    public bool IsText(string column) => TextTypes.Contains(Types[column], StringComparer.OrdinalIgnoreCase);

    /// <summary>A column by its name, in whatever capitals.</summary>
    public string Column(string name) => Columns.Keys.FirstOrDefault(column => column.Equals(name, StringComparison.Ordinal))
        ?? Columns.Keys.FirstOrDefault(column => column.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw CliFailure.Usage($"The table {Name} has no column {name}.");
}
