using Patrol.Server.Storage;

namespace Patrol.Tests.Kit;

/// <summary>The databases that the server keeps its promises on.</summary>
public enum Engine
{
    Sqlite,
    PostgreSql,
}

/// <summary>For theories that hold on each of them: <c>[Theory, ClassData(typeof(Engines))]</c>.</summary>
public sealed class Engines : TheoryData<Engine>
{
    public Engines()
    {
        Add(Engine.Sqlite);
        Add(Engine.PostgreSql);
    }
}

/// <summary>A database with the server's schema, without a server.</summary>
internal sealed class TestStore : IAsyncDisposable
{
    private readonly string folder;

    private TestStore(string folder, ChangeFeed feed, Database database) => (this.folder, Feed, Database) = (folder, feed, database);

    public ChangeFeed Feed { get; }

    public Database Database { get; }

    /// <summary>Opens an empty one.</summary>
    public static async Task<TestStore> Open(Engine engine)
    {
        var connection = engine == Engine.PostgreSql ? await (await SharedPostgres.Get()).NewDatabase() : null;
        return await Open(connection);
    }

    /// <summary>Opens the PostgreSQL database there, or a new SQLite file.</summary>
    public static async Task<TestStore> Open(string? connection)
    {
        Dapper.DefaultTypeMap.MatchNamesWithUnderscores = true;
        var folder = System.IO.Directory.CreateTempSubdirectory("patrol-store-").FullName;
        var feed = new ChangeFeed();
        Database database = connection is null ? new SqliteDatabase(Path.Combine(folder, "patrol.db"), feed) : new PostgresDatabase(connection, feed);
        await Migrations.Run(database);
        return new TestStore(folder, feed, database);
    }

    public async ValueTask DisposeAsync()
    {
        if (Database is IAsyncDisposable asynchronous)
            await asynchronous.DisposeAsync();
        else
            ((IDisposable)Database).Dispose();
        System.IO.Directory.Delete(folder, recursive: true);
    }
}
