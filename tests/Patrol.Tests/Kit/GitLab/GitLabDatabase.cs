using System.Collections.Concurrent;
using System.Globalization;
using Npgsql;

namespace Patrol.Tests.Kit.GitLab;

/// <summary>The schemas of GitLab's database that differ for a tool that works on it.</summary>
public enum Generation
{
    V16_0,
    V17_11,
    V18_6,
}

/// <summary>For theories that hold on each of them: <c>[Theory, ClassData(typeof(Generations))]</c>.</summary>
public sealed class Generations : TheoryData<Generation>
{
    public Generations()
    {
        foreach (var generation in Enum.GetValues<Generation>())
            Add(generation);
    }
}

/// <summary>
/// A throw-away GitLab database with the awkward rows of <see cref="Rows"/>, on the PostgreSQL that the tests share. Each is a copy of
/// a template that is built once for its generation and day. The server's roles, too, are there once: see the properties.
/// </summary>
internal sealed class GitLabDatabase
{
    private const string Folder = "tests/Patrol.Tests/Kit/GitLab";

    private static readonly ConcurrentDictionary<(Generation Generation, DateOnly Today), Lazy<Task<string>>> Templates = new();
    private static readonly Lazy<Task> Roles = new(MakeRoles);

    private readonly PostgresServer server;
    private readonly string name;

    private GitLabDatabase(PostgresServer server, string name, Generation generation, DateOnly today) =>
        (this.server, this.name, Generation, Today) = (server, name, generation, today);

    public Generation Generation { get; }

    /// <summary>The day from which the rows' dates count.</summary>
    public DateOnly Today { get; }

    /// <summary>As the database's owner.</summary>
    public string ConnectionString => server.ConnectionString(name);

    /// <summary>As a role that may read every table and write none.</summary>
    public string Reader => As("gitlab_reader");

    /// <summary>As a role that may connect and see the catalog, but no table.</summary>
    public string Stranger => As("gitlab_stranger");

    /// <summary>As the owner's equal who has to give the password <see cref="Password"/>; the string holds none.</summary>
    public string NeedsPassword => As(PostgresServer.PasswordUser);

    /// <summary>The password of <see cref="NeedsPassword"/>.</summary>
    public static string Password => "open, please";

    /// <summary>A new one. Skips the test where PostgreSQL is not installed.</summary>
    /// <param name="generation">Its schema.</param>
    /// <param name="today">The day from which the rows' dates count; without it, the system's day in UTC, which a process that the test starts sees.</param>
    public static async Task<GitLabDatabase> New(Generation generation, DateOnly? today = null)
    {
        var day = today ?? DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        await Roles.Value;
        var template = await Templates.GetOrAdd((generation, day), key => new(() => Build(key.Generation, key.Today))).Value;
        var server = await SharedPostgres.Get();
        return new GitLabDatabase(server, await server.NewDatabaseNamed(template), generation, day);
    }

    /// <summary>A day counted from the database's, as PostgreSQL and the command line write it.</summary>
    public string Day(int fromToday) => Today.AddDays(fromToday).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Runs statements, several if need be.</summary>
    public Task Execute(string sql) => Execute(ConnectionString, sql);

    /// <summary>The first column of all rows, as text; NULL as null.</summary>
    public async Task<List<string?>> Column(string sql)
    {
        await using var source = Open(ConnectionString);
        await using var command = source.CreateCommand($"SELECT answer.one::text FROM ({sql}) AS answer (one)");
        await using var reader = await command.ExecuteReaderAsync();
        var values = new List<string?>();
        while (await reader.ReadAsync())
            values.Add(await reader.IsDBNullAsync(0) ? null : reader.GetString(0));
        return values;
    }

    /// <summary>Every byte of a table that has an id: each row as PostgreSQL writes it, in the order of the ids.</summary>
    public Task<List<string?>> Dump(string table) => Column($"SELECT t::text FROM (SELECT * FROM {table} ORDER BY id) AS t");

    /// <summary>The tables that a tool may touch, all of it; equal before and after what changed nothing.</summary>
    public async Task<List<string?>> DumpAll() => [.. await Dump("personal_access_tokens"), .. await Dump("members"), .. await Dump("users")];

    private static async Task<string> Build(Generation generation, DateOnly today)
    {
        var server = await SharedPostgres.Get();
        var template = $"gitlab_{generation}_{today:yyyyMMdd}".ToLowerInvariant();
        await server.NewDatabaseNamed(from: null, template);
        string[] steps = generation switch
        {
            Generation.V16_0 => ["16.0", "rows-16.0"],
            Generation.V17_11 => ["16.0", "rows-16.0", "17.11", "rows-17.11"],
            Generation.V18_6 => ["16.0", "rows-16.0", "17.11", "rows-17.11", "18.6", "rows-18.6"],
            _ => throw new ArgumentOutOfRangeException(nameof(generation)),
        };
        var scripts = steps.Select(step => Repository.Read($"{Folder}/{step}.sql"));
        var sql = $"""
            SELECT set_config('kit.today', '{today:yyyy-MM-dd}', false);
            SET TIME ZONE 'UTC';
            {string.Join('\n', scripts)}
            GRANT SELECT ON ALL TABLES IN SCHEMA public TO gitlab_reader;
            """;
        await Execute(server.ConnectionString(template), sql);
        return template;
    }

    private static async Task MakeRoles()
    {
        var server = await SharedPostgres.Get();
        var sql = $"""
            CREATE ROLE gitlab_reader LOGIN;
            CREATE ROLE gitlab_stranger LOGIN;
            CREATE ROLE {PostgresServer.PasswordUser} LOGIN SUPERUSER PASSWORD '{Password}';
            """;
        await Execute(server.ConnectionString("postgres"), sql);
    }

    private static async Task Execute(string connectionString, string sql)
    {
        await using var source = Open(connectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    // Without a pool: a template that somebody is connected to cannot be copied.
    private static NpgsqlDataSource Open(string connectionString) => new NpgsqlSlimDataSourceBuilder(connectionString + ";Pooling=false").Build();

    private string As(string user) => new NpgsqlConnectionStringBuilder(ConnectionString) { Username = user }.ConnectionString;
}
