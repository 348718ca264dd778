using System.Text.Json;
using MySqlConnector;

[assembly: AssemblyFixture(typeof(Patrol.Tests.Kit.Renewal.SharedGitLab))]

namespace Patrol.Tests.Kit.Renewal;

/// <summary>An Exastro for one test: its GitLab (this project's server), its database, its <c>.env</c>, and an administrator of its own.</summary>
internal sealed class ExastroStage : IAsyncDisposable
{
    // Written here in the shape of Exastro's table (2.4.0 and later), which has no unique keys but its first column.
    private const string Table =
        """
        CREATE TABLE T_COMN_ORGANIZATION_DB_INFO (
            PRIMARY_KEY VARCHAR(40) NOT NULL, ORGANIZATION_ID VARCHAR(255), DB_HOST VARCHAR(255), DB_PORT INT, DB_DATABASE VARCHAR(255), DB_USER VARCHAR(255), DB_PASSWORD VARCHAR(255),
            MONGO_OWNER INT(1), MONGO_CONNECTION_STRING VARCHAR(512), GITLAB_USER VARCHAR(255), GITLAB_TOKEN VARCHAR(255), INITIAL_DATA_ANSIBLE_IF LONGTEXT, NO_INSTALL_DRIVER LONGTEXT,
            NOTE TEXT, DISUSE_FLAG VARCHAR(1), LAST_UPDATE_TIMESTAMP DATETIME(6), LAST_UPDATE_USER VARCHAR(40), PRIMARY KEY (PRIMARY_KEY), KEY IND_01 (DISUSE_FLAG)
        ) ENGINE=InnoDB CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """;

    private static int count;
    private readonly List<string> seen = [];

    private ExastroStage(ServerProcess gitlab, MariaServer maria, string database, string administrator, string administratorToken)
    {
        (GitLab, Maria, Database, Administrator, AdministratorToken) = (gitlab, maria, database, administrator, administratorToken);
        seen.Add(administratorToken);
    }

    public ServerProcess GitLab { get; }

    public MariaServer Maria { get; }

    public string Database { get; }

    public string Administrator { get; }

    public string AdministratorToken { get; }

    public TemporaryFolder Folder { get; } = new();

    public string Env => Folder[".env"];

    public string Journal => Folder["journal"];

    /// <summary>Every token text that there was.</summary>
    public IEnumerable<string> Texts => seen.Distinct(StringComparer.Ordinal);

    public static async Task<ExastroStage> Set(bool lowerCaseNames = false) => await Set(await SharedMaria.Get(lowerCaseNames));

    public static async Task<ExastroStage> Set(MariaServer maria)
    {
        var gitlab = await SharedGitLab.Get();
        var number = Interlocked.Increment(ref count);
        var name = $"root-{number}";
        using var root = gitlab.Client(SharedGitLab.RootToken);
        var (status, user) = await root.Post("users", new { username = name, name, email = $"{name}@example.org", force_random_password = true, admin = true });
        Assert.Equal((201, true), (status, status == 201 && user.GetProperty("is_admin").GetBoolean()));
        var token = await NewToken(root, user.GetProperty("id").GetInt64(), ["api", "write_repository", "sudo"], 20);
        var database = await maria.NewDatabase();
        await maria.Execute(Table, database);
        var stage = new ExastroStage(gitlab, maria, database, name, token);
        await File.WriteAllTextAsync(stage.Env, $"# Exastro\r\nGITLAB_HOST=gitlab\r\nGITLAB_ROOT_TOKEN='{token}' # 更新\r\nEND=1");
        return stage;
    }

    /// <summary>Makes an organization: its user, token and row.</summary>
    /// <returns>Its primary key.</returns>
    public async Task<string> Add(string organization, int daysLeft = 10, string? held = null, bool addsUser = true, string disused = "0")
    {
        using var root = GitLab.Client(AdministratorToken);
        var key = Guid.NewGuid().ToString();
        var user = $"ITA_ORG_{key.ToUpperInvariant()}";
        if (addsUser)
        {
            var (status, body) = await root.Post("users", new { username = user, name = user, email = $"{user}@example.com", force_random_password = true });
            Assert.Equal(201, status);
            held ??= await NewToken(root, body.GetProperty("id").GetInt64(), ["api"], daysLeft);
            seen.Add(held);
        }
        await Maria.Execute(
            """
            INSERT INTO T_COMN_ORGANIZATION_DB_INFO (PRIMARY_KEY, ORGANIZATION_ID, DB_PORT, MONGO_CONNECTION_STRING, GITLAB_USER, GITLAB_TOKEN, NO_INSTALL_DRIVER, NOTE, DISUSE_FLAG, LAST_UPDATE_TIMESTAMP)
            VALUES (@key, @organization, 3306, '', @user, @token, '["oase"]', 'メモ', @disused, '2025-07-16 08:10:42.684294')
            """, Database, ("@key", key), ("@organization", organization), ("@user", addsUser ? user : null), ("@token", held), ("@disused", disused));
        return key;
    }

    /// <summary>Runs <c>patrol renew exastro</c> on all of this, with further options.</summary>
    public Task<CliRun> Renew(params string[] options) => Renew([], options);

    public Task<CliRun> Renew(string[] environment, params string[] options) =>
        Run(["exastro", "--gitlab", GitLab.Address.ToString(), "--db", Maria.Address(Database), "--journal", Journal, "--yes", "--settle", "0", .. options], environment);

    /// <summary>Runs another command of <c>renew</c>.</summary>
    public async Task<CliRun> Run(string[] arguments, params string[] environment)
    {
        // A failpoint kills its process; whatever else happens needs none of its own.
        var own = Array.Exists(environment, pair => pair.StartsWith("PATROL_FAILPOINT=", StringComparison.Ordinal));
        string[] variables = [$"GITLAB_TOKEN={AdministratorToken}", $"MYSQL_PWD={MariaServer.Password}", .. environment];
        var run = own ? await CliProcess.Run(Folder.Path, ["renew", .. arguments], "", variables) : await CliInProcess.Run(["renew", .. arguments], Folder.Path, variables);
        await Collect();
        return run;
    }

    public Task<CliRun> Resume() => Run(["resume", "--journal", Journal]);

    /// <summary>A value of an organization's row.</summary>
    public async Task<string?> Row(string key, string column = "GITLAB_TOKEN")
    {
        await using var connection = await Maria.Open(Database);
        await using var command = new MySqlCommand($"SELECT CAST({column} AS CHAR) FROM T_COMN_ORGANIZATION_DB_INFO WHERE PRIMARY_KEY = @key", connection);
        command.Parameters.AddWithValue("@key", key);
        return await command.ExecuteScalarAsync() as string;
    }

    /// <summary>The whole row but for its token.</summary>
    public Task<string?> Rest(string key) => Row(key,
        "CONCAT_WS('|', ORGANIZATION_ID, IFNULL(DB_HOST, '-'), DB_PORT, MONGO_CONNECTION_STRING, IFNULL(GITLAB_USER, '-'), NO_INSTALL_DRIVER, NOTE, DISUSE_FLAG, LAST_UPDATE_TIMESTAMP, IFNULL(LAST_UPDATE_USER, '-'))");

    public string RootInEnv() => File.ReadAllText(Env).Split('\'')[1];

    /// <summary>The ids of a user's tokens that work.</summary>
    public async Task<List<long>> Living(string user)
    {
        using var root = GitLab.Client(SharedGitLab.RootToken);
        var (_, users) = await root.Get($"users?username={user}");
        var (_, tokens) = await root.Get($"personal_access_tokens?state=active&per_page=100&user_id={users[0].GetProperty("id").GetInt64()}");
        return [.. tokens.EnumerateArray().Select(token => token.GetProperty("id").GetInt64())];
    }

    /// <summary>The token that a text is; null if it is refused.</summary>
    public async Task<JsonElement?> Self(string? text)
    {
        using var client = GitLab.Client(text ?? "");
        var (status, body) = await client.Get("personal_access_tokens/self");
        return status == 200 ? body : null;
    }

    /// <summary>Exactly one token of a user lives, and it is the one with this text.</summary>
    public async Task OnlyLives(string user, string? text)
    {
        var self = await Self(text);
        Assert.True(self is not null, "The stored token does not work.");
        Assert.Equal([self.Value.GetProperty("id").GetInt64()], await Living(user));
    }

    /// <summary>No token's text is in what was printed, nor in any file but those given.</summary>
    public void Nowhere(CliRun run, params string[] except)
    {
        foreach (var text in Texts)
        {
            Assert.DoesNotContain(text, run.Output, StringComparison.Ordinal);
            Assert.DoesNotContain(text, run.Errors, StringComparison.Ordinal);
            foreach (var file in System.IO.Directory.GetFiles(Folder.Path, "*", SearchOption.AllDirectories).Except(except))
                Assert.DoesNotContain(text, File.ReadAllText(file), StringComparison.Ordinal);
        }
    }

    public ValueTask DisposeAsync()
    {
        Folder.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<string> NewToken(HttpClient root, long userId, string[] scopes, int daysLeft)
    {
        var (status, body) = await root.Post($"users/{userId}/personal_access_tokens", new { name = "first", scopes, expires_at = DateTime.UtcNow.AddDays(daysLeft).ToString("yyyy-MM-dd") });
        Assert.Equal(201, status);
        return body.GetProperty("token").GetString()!;
    }

    // What the holders hold after a run is what must be nowhere else.
    private async Task Collect()
    {
        seen.Add(RootInEnv());
        await using var connection = await Maria.Open(Database);
        await using var command = new MySqlCommand("SELECT GITLAB_TOKEN FROM T_COMN_ORGANIZATION_DB_INFO WHERE GITLAB_TOKEN LIKE '____________%'", connection);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            seen.Add(reader.GetString(0));
    }
}

/// <summary>The one server that plays GitLab for these tests.</summary>
public sealed class SharedGitLab : IAsyncDisposable
{
    public const string RootToken = "root-token-of-the-shared-gitlab";

    private static readonly TemporaryFolder Folder = new();
    private static readonly Lazy<Task<ServerProcess>> Server = new(() => ServerProcess.Start(Folder.Path, null, $"PATROL_ROOT_TOKEN={RootToken}", "PATROL_ROOT_PASSWORD=correct horse battery"));

    public static Task<ServerProcess> Get() => Server.Value;

    public async ValueTask DisposeAsync()
    {
        if (Server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            await (await Server.Value).DisposeAsync();
        Folder.Dispose();
    }
}
