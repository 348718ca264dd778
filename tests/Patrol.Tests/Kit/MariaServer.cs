using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using MySqlConnector;

[assembly: AssemblyFixture(typeof(Patrol.Tests.Kit.SharedMaria))]

namespace Patrol.Tests.Kit;

/// <summary>A real MariaDB of the tests' own: Debian's programs, a folder and a port that nobody else has, never a service of the system.</summary>
public sealed class MariaServer : IAsyncDisposable
{
    public const string User = "ITA_USER", Password = "ita-password-0001";

    private const string Program = "/usr/sbin/mariadbd";

    private readonly string folder;
    private readonly Process process;
    private readonly ConcurrentQueue<string> log = new();
    private int databases;

    private MariaServer(string folder, int port, Process process)
    {
        (this.folder, Port, this.process) = (folder, port, process);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Signals.Send(process, Signals.Terminate);
    }

    public int Port { get; }

    /// <summary>Starts one. Skips the test where MariaDB is not installed.</summary>
    /// <param name="lowerCaseNames">Names of tables are stored in small letters and compared without regard to case, as Exastro's containers have it.</param>
    /// <param name="sqlMode">The mode of sessions that set none; the server's own default if none is given.</param>
    public static async Task<MariaServer> Start(bool lowerCaseNames, string? sqlMode = null)
    {
        Assert.SkipUnless(File.Exists(Program), $"MariaDB is not installed (no {Program}): run ./test as root or install the packages mariadb-server-core and mariadb-client-core.");
        var folder = System.IO.Directory.CreateTempSubdirectory("patrol-mariadb-").FullName;
        var port = FreePort();
        var settings = Path.Combine(folder, "my.cnf");
        await File.WriteAllTextAsync(settings,
            $"""
            [mysqld]
            datadir={folder}/data
            socket={folder}/socket
            pid-file={folder}/pid
            bind-address=127.0.0.1
            port={port}
            {(sqlMode is null ? "" : $"sql_mode={sqlMode}")}
            lower_case_table_names={(lowerCaseNames ? 1 : 0)}
            character-set-server=utf8mb4
            collation-server=utf8mb4_bin
            innodb_flush_log_at_trx_commit=0
            innodb_buffer_pool_size=16M
            innodb_log_file_size=4M
            performance_schema=off
            skip-name-resolve
            {(Environment.IsPrivilegedProcess ? "user=root" : "")}
            """);
        await Run("mariadb-install-db", $"--defaults-file={settings}", "--auth-root-authentication-method=normal", "--skip-test-db");
        var server = new MariaServer(folder, port, new Process { StartInfo = Command(Program, $"--defaults-file={settings}"), EnableRaisingEvents = true });
        await server.WaitUntilReady();
        await server.Execute($"CREATE USER '{User}'@'%' IDENTIFIED BY '{Password}'; GRANT ALL ON `ITA\\_DB%`.* TO '{User}'@'%'; GRANT ALL ON `ita\\_db%`.* TO '{User}'@'%'");
        return server;
    }

    /// <summary>Makes an empty database that <see cref="User"/> may use.</summary>
    /// <returns>Its name.</returns>
    public async Task<string> NewDatabase()
    {
        var name = $"ITA_DB{Interlocked.Increment(ref databases)}";
        await Execute($"CREATE DATABASE {name}");
        return name;
    }

    /// <summary>How to name a database on the command line.</summary>
    public string Address(string database) => $"mysql://{User}@127.0.0.1:{Port}/{database}";

    /// <summary>Runs statements as the administrator.</summary>
    public async Task Execute(string sql, string? database = null, params (string Name, object? Value)[] parameters)
    {
        await using var connection = await Open(database);
        await using var command = new MySqlCommand(sql, connection);
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A connection of the administrator's.</summary>
    public async Task<MySqlConnection> Open(string? database)
    {
        var connection = new MySqlConnection($"Server=127.0.0.1;Port={Port};User ID=root;Pooling=false;Database={database};AllowUserVariables=true");
        await connection.OpenAsync();
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        Signals.Send(process, Signals.Terminate);
        await Eventually.InTime(process.WaitForExitAsync());
        System.IO.Directory.Delete(folder, recursive: true);
    }

    private async Task WaitUntilReady()
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process.ErrorDataReceived += (_, line) =>
        {
            log.Enqueue(line.Data ?? "");
            if (line.Data?.Contains("ready for connections", StringComparison.Ordinal) == true)
                ready.TrySetResult();
        };
        process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException($"MariaDB ended:\n{string.Join('\n', log)}"));
        process.Start();
        process.BeginErrorReadLine();
        await Eventually.InTime(ready.Task);
    }

    private static async Task Run(string program, params string[] arguments)
    {
        using var process = Process.Start(Command(program, arguments))!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await Eventually.InTime(process.WaitForExitAsync());
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} failed:\n{output}\n{await errors}");
    }

    private static ProcessStartInfo Command(string program, params string[] arguments) =>
        new(program, arguments) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };

    private static int FreePort()
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(20_000, 32_768);
            try
            {
                using var probe = new TcpListener(IPAddress.Loopback, port);
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: another one.
            }
        }
    }
}

/// <summary>The two servers that tests share, one for each way of storing the names of tables.</summary>
public sealed class SharedMaria : IAsyncDisposable
{
    private static readonly Lazy<Task<MariaServer>> Exact = new(() => MariaServer.Start(lowerCaseNames: false));
    private static readonly Lazy<Task<MariaServer>> LowerCase = new(() => MariaServer.Start(lowerCaseNames: true));

    /// <summary>The server. Skips the test where MariaDB is not installed.</summary>
    public static Task<MariaServer> Get(bool lowerCaseNames = false) => (lowerCaseNames ? LowerCase : Exact).Value;

    public async ValueTask DisposeAsync()
    {
        foreach (var server in (Lazy<Task<MariaServer>>[])[Exact, LowerCase])
        {
            if (server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
                await (await server.Value).DisposeAsync();
        }
    }
}
