using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Patrol.Server.Storage;

/// <summary>
/// One file, one writing process. Writers take turns at a gate in memory, because the driver's own waiting sleeps in steps
/// of 150 ms; readers never wait (WAL).
/// </summary>
public sealed class SqliteDatabase(string path, ChangeFeed changes) : Database(changes), IDisposable
{
    private const int Busy = 5, Locked = 6, ReadOnly = 8, IoError = 10, Full = 13, CannotOpen = 14;
    private const int ConstraintUnique = 2067, ConstraintPrimaryKey = 1555;

    // Longer than any piece of work holds the gate; a writer that waits longer waits for one that is itself held up.
    private static readonly TimeSpan LongestTurn = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly string connectionString = new SqliteConnectionStringBuilder
    {
        DataSource = path,
        ForeignKeys = true,
        DefaultTimeout = 5,
        Pooling = true,
    }.ToString();

    public override string Engine => "SQLite";

    public string ConnectionString => connectionString;

    public override async Task<DbConnection> Open()
    {
        var connection = new SqliteConnection(connectionString);
        await connection.OpenAsync();
        // Per connection; a commit that was acknowledged also survives a power cut.
        await using var pragma = connection.CreateCommand();
        pragma.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;";
        await pragma.ExecuteNonQueryAsync();
        return connection;
    }

    public override bool IsDuplicate(DbException fault) =>
        fault is SqliteException { SqliteExtendedErrorCode: ConstraintUnique or ConstraintPrimaryKey };

    public void Dispose()
    {
        gate.Dispose();
        using var connection = new SqliteConnection(connectionString);
        SqliteConnection.ClearPool(connection);
    }

    protected override bool IsAway(Exception fault) =>
        fault is TimeoutException or SqliteException { SqliteErrorCode: Busy or Locked or ReadOnly or IoError or Full or CannotOpen };

    protected override async Task<IDisposable?> TakeTurn()
    {
        if (!await gate.WaitAsync(LongestTurn))
            throw new TimeoutException("Other writers take too long.");
        return new Turn(gate);
    }

    protected override Task Announce(WriteScope scope) => Task.CompletedTask;

    private sealed class Turn(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}
