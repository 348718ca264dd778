using System.Net.Sockets;
using System.Reflection;
using Microsoft.AspNetCore.Connections;
using Patrol.Server.Settings;
using Patrol.Server.Storage;

namespace Patrol.Server.Start;

/// <summary>From the command line to a running server and its end.</summary>
public static class Launch
{
    private static readonly string[] Known = ["urls", "data", "database", "secret-file", "smtp", "public-url", "doors"];

    /// <summary>Runs the server until it is told to stop; answers the program's exit code.</summary>
    /// <exception cref="StartException">It cannot start as it was told to.</exception>
    public static async Task<int> Run(string[] args)
    {
        if (args is not [ImportCommand.Name, ..] && (args.Contains("--help") || args.Contains("-h")))
        {
            Console.WriteLine(ServerOptions.Usage);
            return 0;
        }
        if (args.Contains("--version"))
        {
            Console.WriteLine($"patrol-server {Version}");
            return 0;
        }
        if (args is ["doors", .. var asked])
            return await DoorsCommand.Run(asked);
        if (args is [ImportCommand.Name, ..])
            return await ImportCommand.Run(args, PrepareOnly);
        CheckNames(args);
        await using var app = Build(args, configure: null);
        var notes = await PatrolServer.Prepare(app);
        try
        {
            await app.StartAsync();
        }
        catch (Exception fault) when (fault is IOException or SocketException or AddressInUseException or InvalidOperationException or FormatException)
        {
            throw new StartException($"--urls: cannot listen on {app.Services.GetRequiredService<ServerOptions>().Urls}: {fault.GetBaseException().Message}");
        }
        Announce(app, notes);
        await app.WaitForShutdownAsync();
        return 0;
    }

    private static async Task<WebApplication> PrepareOnly(string[] args)
    {
        CheckNames(args);
        var app = Build(args, configure: null);
        try
        {
            foreach (var note in await PatrolServer.Prepare(app))
                Console.WriteLine(note);
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>The product's version.</summary>
    public static string Version { get; } =
        typeof(Launch).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    internal static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure)
    {
        try
        {
            return PatrolServer.Build(args, configure);
        }
        catch (InvalidDataException fault)
        {
            // The file is named by the fault itself; what is wrong with it by the innermost one.
            throw new StartException($"{fault.Message} {fault.GetBaseException().Message.ReplaceLineEndings(" ")}");
        }
    }

    internal static void CheckNames(string[] args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i].Split('=')[0];
            if (AtlassianOptions.IsProperty(name))
            {
                if (!name.StartsWith($"-D{AtlassianProperty.Prefix}", StringComparison.Ordinal))
                    throw new StartException($"{name}: there is no such property; see docs/operate.md.");
                continue;
            }
            if (!name.StartsWith("--", StringComparison.Ordinal))
                throw new StartException($"'{args[i]}' is not an option; try --help.");
            name = name[2..];
            if (!Known.Contains(name) && !name.StartsWith("Patrol:", StringComparison.Ordinal))
                throw new StartException($"unknown option --{name}; try --help.");
            if (KnownSettings.Secrets.Any(secret => name.Equals($"Patrol:{secret}", StringComparison.OrdinalIgnoreCase)))
                throw new StartException($"--{name}: everybody on the machine can read a command line; give it in the environment or in appsettings.json.");
            if (!args[i].Contains('=') && ++i == args.Length)
                throw new StartException($"--{name} needs a value.");
        }
    }

    private static void Announce(WebApplication app, IReadOnlyList<string> notes)
    {
        var options = app.Services.GetRequiredService<ServerOptions>();
        var database = app.Services.GetRequiredService<Database>();
        Console.WriteLine($"patrol-server {Version} listens on {string.Join(", ", app.Urls)}, data in {options.DataFolder} ({database.Engine})");
        var current = app.Services.GetRequiredService<SettingsStore>().Current.Atlassian;
        foreach (var property in AtlassianProperty.All)
        {
            if (!property.Get(options.Atlassian).Equals(property.Get(current)))
                Console.WriteLine($"{property.Name} is {property.Get(current)}, as an administrator set it, and not {property.Get(options.Atlassian)} as at this start.");
        }
        foreach (var note in notes)
            Console.WriteLine(note);
    }
}
