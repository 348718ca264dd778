using MySqlConnector;
using Npgsql;

namespace Patrol.Tests.Kit.Renewal;

/// <summary>The kinds of place that hold tokens.</summary>
public enum PlaceKind
{
    Env,
    Yaml,
    File,
    MariaDb,
    MariaDbLowerCase,
    PostgreSql,
    Kubernetes,
    GitLabVariable,
    Command,
    CommandThatCannotRead,
}

/// <summary>A real place that holds a token, seen from outside: what a plan says of it, what it holds, and changing it as somebody else would.</summary>
internal sealed class Place : IAsyncDisposable
{
    private const string MariaTable = "CREATE TABLE T (ID INT PRIMARY KEY, TOKEN VARCHAR(255), OWNER VARCHAR(40), NOTE TEXT) ENGINE=InnoDB; INSERT INTO T VALUES (1, @held, 'me', 'メモ'), (2, 'other', 'you', NULL)";
    private const string PostgresTable = "CREATE TABLE t (id int PRIMARY KEY, token varchar(255), owner text, note text); INSERT INTO t VALUES (1, @held, 'me', 'メモ'), (2, 'other', 'you', NULL)";

    private readonly IAsyncDisposable? server;

    private Place(string holder, Func<Task<string>> read, Func<string, Task> change, IAsyncDisposable? server = null, params string[] environment) =>
        (Holder, Read, Change, this.server, Environment) = (holder, read, change, server, environment);

    /// <summary>The plan's entry, in one line.</summary>
    public string Holder { get; }

    public Func<Task<string>> Read { get; }

    public Func<string, Task> Change { get; }

    /// <summary>What the tool must be given to write there.</summary>
    public string[] Environment { get; }

    /// <summary>Makes one that holds a text.</summary>
    public static async Task<Place> Make(PlaceKind kind, TemporaryFolder folder, string held) => kind switch
    {
        PlaceKind.Env => OfFile("env: {file: app.env, key: TOKEN}", folder["app.env"], $"A=1\r\nexport TOKEN=\"{held}\" # 更新\nB='x'", '"', 1),
        PlaceKind.Yaml => OfFile("yaml: {file: values.yaml, path: a.b.TOKEN}", folder["values.yaml"], $"a:\n  b: # here\n    TOKEN: '{held}' # 更新\n    other: TOKEN\n", '\'', 1),
        PlaceKind.File => OfFile("file: {file: token}", folder["token"], $"{held}\n", '\n', 0),
        PlaceKind.MariaDb or PlaceKind.MariaDbLowerCase => await OfMaria(kind == PlaceKind.MariaDbLowerCase, held),
        PlaceKind.PostgreSql => await OfPostgres(held),
        PlaceKind.Kubernetes => await OfCluster(folder, held),
        PlaceKind.GitLabVariable => await OfVariable(held),
        PlaceKind.Command => OfFile(
            $"command: {{store: \"cat > {folder["stored"]}\", read: \"cat {folder["stored"]}\", check: \"test -w {folder["stored"]}\"}}", folder["stored"], $"{held}\n", '\n', 0),
        _ => OfFile($"command: {{store: \"cat > {folder["stored"]}\"}}", folder["stored"], $"{held}\n", '\n', 0),
    };

    public ValueTask DisposeAsync() => server?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static Place OfFile(string holder, string path, string text, char quote, int part)
    {
        File.WriteAllText(path, text);
        return new Place(
            holder, async () => (await File.ReadAllTextAsync(path)).Split(quote)[part],
            value =>
            {
                var parts = File.ReadAllText(path).Split(quote);
                parts[part] = value;
                return File.WriteAllTextAsync(path, string.Join(quote, parts));
            });
    }

    private static async Task<Place> OfMaria(bool lowerCaseNames, string held)
    {
        var maria = await SharedMaria.Get(lowerCaseNames);
        var database = await maria.NewDatabase();
        await maria.Execute(MariaTable, database, ("@held", held));
        return new Place(
            $"sql: {{database: \"{maria.Address(database)}\", table: t, column: token, key: {{id: 1}}, match: {{owner: me}}}}",
            async () =>
            {
                await using var connection = await maria.Open(database);
                await using var command = new MySqlCommand("SELECT CONCAT_WS('|', A.TOKEN, IF(A.OWNER = 'me' AND A.NOTE = 'メモ' AND B.TOKEN = 'other', NULL, 'torn')) FROM T A JOIN T B ON B.ID = 2 WHERE A.ID = 1", connection);
                return (string)(await command.ExecuteScalarAsync())!;
            },
            value => maria.Execute("UPDATE T SET TOKEN = @value WHERE ID = 1", database, ("@value", value)), null, $"MYSQL_PWD={MariaServer.Password}");
    }

    private static async Task<Place> OfPostgres(string held)
    {
        var connectionString = await (await SharedPostgres.Get()).NewDatabase();
        var source = new NpgsqlSlimDataSourceBuilder(connectionString).Build();
        async Task<string> Query(string sql, string? value = null)
        {
            await using var connection = await source.OpenConnectionAsync();
            await using var command = new NpgsqlCommand(sql, connection);
            if (value is not null)
                command.Parameters.AddWithValue("value", value);
            return await command.ExecuteScalarAsync() as string ?? "";
        }
        await Query(PostgresTable.Replace("@held", $"'{held}'"));
        return new Place(
            $"sql: {{database: \"{CliProcess.Address(connectionString)}\", table: t, column: token, key: {{id: 1}}, match: {{owner: me}}}}",
            () => Query("SELECT concat_ws('|', a.token, CASE WHEN a.owner = 'me' AND a.note = 'メモ' AND b.token = 'other' THEN NULL ELSE 'torn' END) FROM t a JOIN t b ON b.id = 2 WHERE a.id = 1"),
            value => Query($"UPDATE t SET token = {(value is null ? "NULL" : "@value")} WHERE id = 1", value), source);
    }

    private static async Task<Place> OfCluster(TemporaryFolder folder, string held)
    {
        var cluster = await FakeCluster.Start();
        cluster.Change(held);
        cluster.Kubeconfig(folder);
        return new Place("kubernetes: {kubeconfig: kubeconfig, secret: gitlab, key: token}", () => Task.FromResult(cluster.Value), value =>
        {
            cluster.Change(value);
            return Task.CompletedTask;
        }, cluster);
    }

    private static async Task<Place> OfVariable(string held)
    {
        var gitlab = await FakeGitLab.Start();
        gitlab.Variables["DEPLOY_TOKEN"] = held;
        return new Place(
            $"gitlab-variable: {{gitlab: \"{gitlab.Address}\", project: group/app, key: DEPLOY_TOKEN, token-env: VARIABLES_TOKEN}}", () => Task.FromResult(gitlab.Variables["DEPLOY_TOKEN"]),
            value =>
            {
                gitlab.Variables["DEPLOY_TOKEN"] = value;
                return Task.CompletedTask;
            }, gitlab, $"VARIABLES_TOKEN={FakeGitLab.Administrator}");
    }
}
