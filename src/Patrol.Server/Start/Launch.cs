using System.Net.Sockets;
using System.Reflection;
using Microsoft.AspNetCore.Connections;
using Patrol.Server.Storage;

namespace Patrol.Server.Start;

/// <summary>From the command line to a running server and its end.</summary>
public static class Launch
{
    private static readonly string[] Known = ["urls", "data", "database", "secret-file", "public-url"];

    /// <summary>Runs the server until it is told to stop; answers the program's exit code.</summary>
    /// <exception cref="StartException">It cannot start as it was told to.</exception>
    public static async Task<int> Run(string[] args)
    {
        if (args.Contains("--help") || args.Contains("-h"))
        {
            Console.WriteLine(ServerOptions.Usage);
            return 0;
        }
        if (args.Contains("--version"))
        {
            Console.WriteLine($"patrol-server {Version}");
            return 0;
        }
        CheckNames(args);
        await using var app = Build(args);
        var passwordFile = await PatrolServer.Prepare(app);
        try
        {
            await app.StartAsync();
        }
        catch (Exception fault) when (fault is IOException or SocketException or AddressInUseException or InvalidOperationException or FormatException)
        {
            throw new StartException($"--urls: cannot listen on {app.Services.GetRequiredService<ServerOptions>().Urls}: {fault.GetBaseException().Message}");
        }
        Announce(app, passwordFile);
        await app.WaitForShutdownAsync();
        return 0;
    }

    /// <summary>The product's version.</summary>
    public static string Version { get; } =
        typeof(Launch).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    private static WebApplication Build(string[] args)
    {
        try
        {
            return PatrolServer.Build(args, configure: null);
        }
        catch (InvalidDataException fault)
        {
            // The file is named by the fault itself; what is wrong with it by the innermost one.
            throw new StartException($"{fault.Message} {fault.GetBaseException().Message.ReplaceLineEndings(" ")}");
        }
    }

    private static void CheckNames(string[] args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i].Split('=')[0];
            if (!name.StartsWith("--", StringComparison.Ordinal))
                throw new StartException($"'{args[i]}' is not an option; try --help.");
            name = name[2..];
            if (!Known.Contains(name) && !name.StartsWith("Patrol:", StringComparison.Ordinal))
                throw new StartException($"unknown option --{name}; try --help.");
            if (!args[i].Contains('=') && ++i == args.Length)
                throw new StartException($"--{name} needs a value.");
        }
    }

    private static void Announce(WebApplication app, string? passwordFile)
    {
        var options = app.Services.GetRequiredService<ServerOptions>();
        var database = app.Services.GetRequiredService<Database>();
        Console.WriteLine($"patrol-server {Version} listens on {string.Join(", ", app.Urls)}, data in {options.DataFolder} ({database.Engine})");
        if (passwordFile is not null)
            Console.WriteLine($"First start: sign in as root; the password is in {passwordFile}");
        if (passwordFile is not null && options.RootToken is null)
            Console.WriteLine("For a first API token, start on an empty data folder with PATROL_ROOT_TOKEN set to a text of your own; see README.md.");
    }
}
