using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;

[assembly: AssemblyFixture(typeof(Patrol.Tests.Kit.SharedPostgres))]

namespace Patrol.Tests.Kit;

/// <summary>
/// A real PostgreSQL of the tests' own: Debian's programs, a folder and a port that nobody else has, never a service of the system.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>What the server's own connection for changes calls itself.</summary>
    public const string ListenerName = "patrol-listener";

    /// <summary>The one user whom the server asks for a password.</summary>
    public const string PasswordUser = "needs_password";

    private const string User = "postgres";
    private readonly string folder;
    private readonly ConcurrentQueue<string> log = new();
    private Process? process;
    private int databases;

    private PostgresServer(string folder, int port)
    {
        (this.folder, Port) = (folder, port);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => End(Signals.Quit);
    }

    public int Port { get; }

    private static string? Binaries { get; } = System.IO.Directory.Exists("/usr/lib/postgresql")
        ? System.IO.Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin"))
            .Where(bin => File.Exists(Path.Combine(bin, "initdb"))).OrderByDescending(bin => bin, StringComparer.Ordinal).FirstOrDefault()
        : null;

    /// <summary>Starts a server of the caller's own, which may be stopped and killed. Skips the test where PostgreSQL is not installed.</summary>
    public static async Task<PostgresServer> Start()
    {
        Assert.SkipWhen(Binaries is null, "PostgreSQL is not installed (no /usr/lib/postgresql/*/bin/initdb): run ./test as root or install the package postgresql.");
        var folder = System.IO.Directory.CreateTempSubdirectory("patrol-postgres-").FullName;
        var data = Path.Combine(folder, "data");
        // PostgreSQL refuses to run as root; its own user must reach the folder.
        if (Environment.IsPrivilegedProcess)
            await Run("chown", User, folder);
        await RunAsUser(folder, "initdb", "-D", data, "-U", User, "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C");
        var access = Path.Combine(data, "pg_hba.conf");
        await File.WriteAllTextAsync(access, $"host all {PasswordUser} 127.0.0.1/32 scram-sha-256\n{await File.ReadAllTextAsync(access)}");
        var server = new PostgresServer(folder, FreePort());
        await server.StartAgain();
        return server;
    }

    /// <summary>Starts it again after <see cref="Stop"/> or <see cref="Kill"/>, on the same port with the same data.</summary>
    public async Task StartAgain()
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process = new Process
        {
            StartInfo = AsUser(
                folder, "postgres", "-D", Path.Combine(folder, "data"), "-p", Port.ToString(CultureInfo.InvariantCulture), "-c", "listen_addresses=127.0.0.1",
                "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=300"),
            EnableRaisingEvents = true,
        };
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not { } text)
                return;
            log.Enqueue(text);
            if (text.Contains("ready to accept connections", StringComparison.Ordinal))
                ready.TrySetResult();
        };
        process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException($"PostgreSQL ended:\n{string.Join('\n', log)}"));
        process.Start();
        process.BeginErrorReadLine();
        await Eventually.InTime(ready.Task);
    }

    /// <summary>Shuts it down, ending its connections.</summary>
    public Task Stop() => EndAndWait(Signals.Interrupt);

    /// <summary>Ends it at once, as a crash would.</summary>
    public Task Kill() => EndAndWait(Signals.Quit);

    /// <summary>Makes an empty database.</summary>
    /// <returns>Its Npgsql connection string.</returns>
    public async Task<string> NewDatabase() => ConnectionString(await NewDatabaseNamed(from: null));

    /// <summary>Makes a database.</summary>
    /// <param name="from">The one to copy, to which nobody may be connected; null for an empty one.</param>
    /// <param name="name">What to call it, unless any name will do.</param>
    /// <returns>Its name.</returns>
    public async Task<string> NewDatabaseNamed(string? from, string? name = null)
    {
        name ??= $"test{Interlocked.Increment(ref databases)}";
        await Scalar(from is null ? $"CREATE DATABASE {name}" : $"CREATE DATABASE {name} TEMPLATE {from}");
        return name;
    }

    /// <summary>How to connect to a database of this server.</summary>
    /// <param name="database">Its name.</param>
    /// <param name="port">Another port that leads here, such as a <see cref="TcpProxy"/>'s.</param>
    public string ConnectionString(string database, int? port = null) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = port ?? Port,
        Database = database,
        Username = User,
        Timeout = 5,
        // Hundreds of databases, each with its own pools, share one server.
        ConnectionIdleLifetime = 5,
        ConnectionPruningInterval = 2,
    }.ConnectionString;

    /// <summary>Ends the connections on which servers hear of each other's changes; answers how many there were.</summary>
    public Task<long> CutListeners(string connectionString) => Scalar(
        $"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = '{ListenerName}' AND datname = '{new NpgsqlConnectionStringBuilder(connectionString).Database}'");

    public async ValueTask DisposeAsync()
    {
        await EndAndWait(Signals.Quit);
        System.IO.Directory.Delete(folder, recursive: true);
    }

    private async Task<long> Scalar(string sql)
    {
        await using var source = new NpgsqlSlimDataSourceBuilder(ConnectionString("postgres") + ";Pooling=false").Build();
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync() is long number ? number : 0;
    }

    private async Task EndAndWait(int signal)
    {
        End(signal);
        if (process is { } running)
            await Eventually.InTime(running.WaitForExitAsync());
        process = null;
    }

    private void End(int signal)
    {
        if (process is { } running)
            Signals.Send(running, signal);
    }

    // Below the range from which the system takes ports for outgoing connections, so that none of those is in the way.
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

    private static ProcessStartInfo AsUser(string folder, string program, params string[] arguments)
    {
        var path = Path.Combine(Binaries!, program);
        var start = Environment.IsPrivilegedProcess
            ? new ProcessStartInfo("setpriv", ["--reuid", User, "--regid", User, "--clear-groups", "--", path, .. arguments])
            : new ProcessStartInfo(path, arguments);
        start.WorkingDirectory = folder;
        start.UseShellExecute = false;
        start.RedirectStandardError = true;
        start.RedirectStandardOutput = true;
        start.Environment["LC_ALL"] = "C";
        return start;
    }

    private static Task RunAsUser(string folder, string program, params string[] arguments) => RunToEnd(AsUser(folder, program, arguments));

    private static Task Run(string program, params string[] arguments) =>
        RunToEnd(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true });

    private static async Task RunToEnd(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await Eventually.InTime(process.WaitForExitAsync());
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{start.FileName} {string.Join(' ', start.ArgumentList)} failed:\n{output}\n{await errors}");
    }
}

/// <summary>The one server that tests share unless they stop or kill theirs: started by the first that asks, ended with the last test.</summary>
public sealed class SharedPostgres : IAsyncDisposable
{
    private static readonly Lazy<Task<PostgresServer>> Server = new(PostgresServer.Start);

    /// <summary>The server. Skips the test where PostgreSQL is not installed.</summary>
    public static Task<PostgresServer> Get() => Server.Value;

    public async ValueTask DisposeAsync()
    {
        if (Server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            await (await Server.Value).DisposeAsync();
    }
}
