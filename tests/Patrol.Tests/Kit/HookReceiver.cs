using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Patrol.Tests.Kit;

/// <summary>A call as it arrived.</summary>
internal sealed record HookCall(string Path, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;
}

/// <summary>What a chat tool would be: an address that webhooks call.</summary>
internal sealed class HookReceiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<HookCall> calls = new();

    private HookReceiver(WebApplication app) => this.app = app;

    public string Address => app.Urls.First();

    /// <summary>What to answer to a path.</summary>
    public Func<string, int> Answers { get; set; } = _ => 200;

    public List<HookCall> Calls => [.. calls];

    public static async Task<HookReceiver> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = new HookReceiver(builder.Build());
        receiver.app.Run(receiver.Take);
        await receiver.app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task Take(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        calls.Enqueue(new HookCall(
            http.Request.Path, await reader.ReadToEndAsync(http.RequestAborted),
            http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        http.Response.StatusCode = Answers(http.Request.Path);
        if (http.Response.StatusCode is 301 or 302)
            http.Response.Headers.Location = "/redirected";
    }
}
