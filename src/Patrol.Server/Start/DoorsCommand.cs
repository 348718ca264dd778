using Patrol.Server.Settings;
using Patrol.Server.Storage;
using Patrol.Server.Wire.Doors;

namespace Patrol.Server.Start;

/// <summary><c>patrol-server doors explain METHOD URL</c>: beside a running server, on its data folder and with its options.</summary>
internal static class DoorsCommand
{
    private const string TokenStdin = "--token-stdin";
    private const string Usage = "doors explain METHOD URL [--token-stdin] [--doors FILE and the server's other options]";

    /// <summary>Runs it; answers 0 if the door opens and 1 if it stays shut.</summary>
    /// <exception cref="StartException">It was asked wrongly, or an option is wrong.</exception>
    public static async Task<int> Run(string[] args)
    {
        if (args is not ["explain", var method, var url, .. var options] || method.StartsWith('-') || url.StartsWith('-'))
            throw new StartException($"usage: {Usage}");
        var token = options.Contains(TokenStdin) ? await ReadToken() : null;
        options = [.. options.Where(option => option != TokenStdin)];
        Launch.CheckNames(options);
        await using var app = Launch.Build(options, builder =>
            builder.Services.AddSingleton(provider => DataFolder.Look(provider.GetRequiredService<ServerOptions>().DataFolder)));
        try
        {
            await app.Services.GetRequiredService<SettingsStore>().Load();
            var (opens, lines) = await app.Services.GetRequiredService<ExplainDoors>().Handle(method, url, token, app.Services.GetRequiredService<TimeProvider>().Now());
            lines.ForEach(Console.WriteLine);
            return opens ? 0 : 1;
        }
        catch (Exception fault) when (fault.GetBaseException() is System.Data.Common.DbException)
        {
            throw new StartException($"--database: {fault.GetBaseException().Message.ReplaceLineEndings(" ")}");
        }
    }

    private static async Task<string> ReadToken() =>
        (await Console.In.ReadLineAsync())?.Trim() is { Length: > 0 } text ? text : throw new StartException($"{TokenStdin}: there is no token on standard input.");
}
