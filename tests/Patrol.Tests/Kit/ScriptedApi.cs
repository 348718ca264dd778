using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Patrol.Tests.Kit;

/// <summary>A request that came.</summary>
internal sealed record SeenRequest(string Method, string Path, string Query, string? Token, string Body);

/// <summary>What it is answered.</summary>
internal sealed record ScriptedAnswer(int Status, string Body = "", params (string Name, string Value)[] Headers)
{
    public string Type { get; init; } = "application/json";
}

/// <summary>
/// A web server that answers as a test says, for what no healthy server does: being busy, redirecting, breaking off, being something
/// else. It remembers every request.
/// </summary>
internal sealed class ScriptedApi : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<SeenRequest> seen = new();

    private ScriptedApi(WebApplication app) => this.app = app;

    public string Address => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public IReadOnlyList<SeenRequest> Seen => [.. seen];

    /// <param name="answer">The answer to a request; null breaks the connection off.</param>
    public static async Task<ScriptedApi> Start(Func<SeenRequest, ScriptedAnswer?> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var api = new ScriptedApi(app);
        app.Run(async http =>
        {
            using var body = new StreamReader(http.Request.Body);
            var headers = http.Request.Headers;
            var token = headers["PRIVATE-TOKEN"].FirstOrDefault() ?? headers.Authorization.FirstOrDefault();
            var request = new SeenRequest(http.Request.Method, http.Request.Path.Value!, http.Request.QueryString.Value!, token, await body.ReadToEndAsync());
            api.seen.Enqueue(request);
            if (answer(request) is not { } given)
            {
                http.Abort();
                return;
            }
            http.Response.StatusCode = given.Status;
            foreach (var (name, value) in given.Headers)
                http.Response.Headers[name] = value;
            if (given.Body.Length == 0)
                return;
            http.Response.ContentType = given.Type;
            await http.Response.WriteAsync(given.Body);
        });
        await app.StartAsync();
        return api;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
