using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Patrol.Tests.Kit;

/// <summary>What a service behind a proxy was sent.</summary>
/// <param name="Method">The method.</param>
/// <param name="Target">The address, as it stood in the request line.</param>
/// <param name="Headers">The headers.</param>
internal sealed record Echo(string Method, string Target, Dictionary<string, string> Headers)
{
    /// <summary>Everything of it, to look for what must not be there.</summary>
    public override string ToString() => $"{Method} {Target}\n{string.Join('\n', Headers.Select(header => $"{header.Key}: {header.Value}"))}";
}

/// <summary>A service without a line of code for tokens: it answers 200 and remembers what it was sent.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private EchoServer(WebApplication app, int port) => (this.app, Port) = (app, port);

    public int Port { get; }

    /// <summary>What came, in order.</summary>
    public ConcurrentQueue<Echo> Received { get; } = new();

    public static async Task<EchoServer> Start()
    {
        var port = Recipe.FreePort();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var app = builder.Build();
        var server = new EchoServer(app, port);
        app.Run(http =>
        {
            var headers = http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            server.Received.Enqueue(new Echo(http.Request.Method, http.Features.Get<IHttpRequestFeature>()!.RawTarget, headers));
            return http.Response.WriteAsync("the service");
        });
        await app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
