using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Patrol.Server.Start;

namespace Patrol.Tests.Kit;

/// <summary>
/// The real server in this process: real Kestrel on a free port, a data folder of its own, and a clock that the test turns.
/// </summary>
public sealed class PatrolApp : IAsyncDisposable
{
    /// <summary>The token that root has from the first start on.</summary>
    public const string RootToken = "root-token-for-tests-0001";

    private readonly WebApplication app;
    private readonly string folder;

    private PatrolApp(WebApplication app, string folder, FakeTimeProvider clock, ServerSays says) =>
        (this.app, this.folder, Clock, Says) = (app, folder, clock, says);

    /// <summary>What the server says of itself.</summary>
    internal ServerSays Says { get; }

    /// <summary>The server's clock; starts at noon UTC of 22 November 2026 and stands still.</summary>
    public FakeTimeProvider Clock { get; }

    public Uri Address => new(app.Urls.First());

    public IServiceProvider Services => app.Services;

    public string DataFolder => Path.Combine(folder, "data");

    /// <summary>A clock as a server's is at its start.</summary>
    public static FakeTimeProvider NewClock() => new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));

    /// <summary>Starts a server.</summary>
    /// <param name="options">More command-line options, such as <c>--database</c> or <c>--Patrol:Ban:MaximumFailures=3</c>.</param>
    public static async Task<PatrolApp> Start(params string[] options)
    {
        var folder = Directory.CreateTempSubdirectory("patrol-test-").FullName;
        var clock = NewClock();
        var says = new ServerSays();
        var app = PatrolServer.Build(
            ["--urls=http://127.0.0.1:0", $"--data={Path.Combine(folder, "data")}", $"--PATROL_ROOT_TOKEN={RootToken}", "--PATROL_ROOT_PASSWORD=correct horse battery", .. options],
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(clock);
                builder.Logging.AddProvider(says);
            });
        await PatrolServer.Prepare(app);
        await app.StartAsync();
        return new PatrolApp(app, folder, clock, says);
    }

    /// <summary>Starts a server on an empty database of that engine. Skips the test where the engine is not installed.</summary>
    public static async Task<PatrolApp> Start(Engine engine, params string[] options) =>
        await Start(engine == Engine.PostgreSql ? [$"--database={await (await SharedPostgres.Get()).NewDatabase()}", .. options] : options);

    /// <summary>Stops the server but leaves its data folder for the test to look at.</summary>
    public Task Stop() => app.StopAsync();

    /// <summary>A client with that token in <c>PRIVATE-TOKEN</c>; null for none.</summary>
    public HttpClient Client(string? token = RootToken)
    {
        var client = new HttpClient { BaseAddress = new Uri(Address, "/api/v4/") };
        if (token is not null)
            client.DefaultRequestHeaders.Add("PRIVATE-TOKEN", token);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}

/// <summary>What tests ask of answers.</summary>
public static class Answers
{
    /// <summary>Sends JSON (an anonymous object) and reads JSON back.</summary>
    public static async Task<(int Status, JsonElement Body)> Send(this HttpClient client, HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        using var response = await client.SendAsync(request);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        return ((int)response.StatusCode, bytes.Length == 0 ? default : JsonDocument.Parse(bytes).RootElement);
    }

    public static Task<(int Status, JsonElement Body)> Get(this HttpClient client, string path) => client.Send(HttpMethod.Get, path);

    public static Task<(int Status, JsonElement Body)> Post(this HttpClient client, string path, object? body = null) => client.Send(HttpMethod.Post, path, body);

    public static Task<(int Status, JsonElement Body)> Put(this HttpClient client, string path, object? body = null) => client.Send(HttpMethod.Put, path, body);

    public static Task<(int Status, JsonElement Body)> Delete(this HttpClient client, string path) => client.Send(HttpMethod.Delete, path);
}
