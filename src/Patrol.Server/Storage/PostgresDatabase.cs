using System.Data.Common;
using Npgsql;

namespace Patrol.Server.Storage;

/// <summary>PostgreSQL, shared by any number of servers, which tell each other of changes by NOTIFY.</summary>
public sealed class PostgresDatabase(string connectionString, ChangeFeed changes) : Database(changes), IAsyncDisposable
{
    private readonly NpgsqlDataSource source = new NpgsqlSlimDataSourceBuilder(connectionString).Build();

    /// <summary>The channel on which servers tell each other of changes.</summary>
    public const string Channel = "patrol_changes";

    private volatile string node = NewNode();

    /// <summary>This server, so that it does not listen to itself.</summary>
    public string Node => node;

    public override string Engine => "PostgreSQL";

    public string ConnectionString => connectionString;

    public override async Task<DbConnection> Open() => await source.OpenConnectionAsync();

    public ValueTask DisposeAsync() => source.DisposeAsync();

    public override bool IsDuplicate(DbException fault) =>
        fault is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    protected override bool IsAway(Exception fault) => fault switch
    {
        PostgresException known => known.IsTransient || known.SqlState is
            PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
            or PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.ReadOnlySqlTransaction
            or PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification,
        NpgsqlException => true,
        TimeoutException => true,
        _ => false,
    };

    // The transaction may still be committed, later than what was remembered of it was forgotten. Under another name this server
    // hears of it as of another's.
    protected override void CommitFailed() => node = NewNode();

    protected override Task<IDisposable?> TakeTurn() => Task.FromResult<IDisposable?>(null);

    protected override async Task Announce(WriteScope scope)
    {
        if (scope.Changes.IsEmpty)
            return;
        foreach (var text in ChangeText.Write(Node, scope.Changes))
            await scope.Execute("SELECT pg_notify(@Channel, @text)", new { Channel, text });
    }

    private static string NewNode() => Guid.CreateVersion7().ToString("N");
}
