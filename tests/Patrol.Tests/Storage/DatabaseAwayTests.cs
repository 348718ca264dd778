using System.Diagnostics;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Storage;

/// <summary>A database that is away is told as "try again" in each surface's words; nothing outdated is accepted meanwhile, and all is well when it is back.</summary>
public sealed class DatabaseAwayTests
{
    private const string TokenText = "a-token-remembered-while-away";

    [Fact]
    public async Task While_PostgreSQL_is_away_each_surface_says_so_in_its_own_words_and_afterwards_works_by_itself()
    {
        await using var postgres = await PostgresServer.Start();
        await using var app = await PatrolApp.Start($"--database={await postgres.NewDatabase()}");
        await app.Give(TokenText);
        Assert.Equal(204, await Neighbours.Verify(app, TokenText));
        await postgres.Stop();
        await Eventually.True(async () => await Neighbours.Verify(app, TokenText) == 503, "remembered tokens are no longer taken on trust");
        await AssertAway(app, "GET", "/api/v4/version", "application/json");
        await AssertAway(app, "GET", "/api/v4/users", "application/json");
        await AssertAway(app, "POST", "/api/v4/user/personal_access_tokens", "application/json");
        await AssertAway(app, "GET", "/api/patrol/v1/tokens", "application/problem+json");
        await AssertAway(app, "GET", "/auth/verify", "text/plain");
        using (var client = new HttpClient())
        {
            Assert.Equal(503, (int)(await client.GetAsync(new Uri(app.Address, "/-/readiness"))).StatusCode);
            Assert.Equal(200, (int)(await client.GetAsync(new Uri(app.Address, "/-/liveness"))).StatusCode);
        }
        await postgres.StartAgain();
        await Eventually.True(async () => await Neighbours.Verify(app, TokenText) == 204, "the door works again");
        await Eventually.True(async () => (await app.Client().Post("users/1/personal_access_tokens", new { name = "back", scopes = DirectoryKit.Api })).Status == 201, "tokens can be made again");
    }

    [Fact]
    public async Task What_was_revoked_before_a_crash_of_the_database_is_not_accepted_while_it_is_away_nor_afterwards()
    {
        await using var postgres = await PostgresServer.Start();
        await using var servers = await Neighbours.Start(postgres);
        var token = await servers.One.Give(TokenText);
        await servers.Remember(TokenText);
        await servers.One.Revoke(token);
        await postgres.Kill();
        var last = await servers.LastAccepted(TokenText);
        Assert.InRange(last, TimeSpan.Zero, Neighbours.Promised);
        await postgres.StartAgain();
        await servers.Hear();
        Assert.Equal(401, await Neighbours.Verify(servers.Other, TokenText));
    }

    [Fact]
    public async Task While_another_process_holds_the_SQLite_file_changes_are_told_to_try_again_and_remembered_tokens_work()
    {
        await using var app = await PatrolApp.Start();
        Assert.Equal(204, await Neighbours.Verify(app, PatrolApp.RootToken));
        await using var holder = new SqliteConnection($"Data Source={Path.Combine(app.DataFolder, "patrol.db")};Pooling=false");
        await holder.OpenAsync();
        await using (var held = holder.BeginTransaction(deferred: false))
        {
            // Several at once: each waits for the file or for its turn, none for ever.
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => AssertAway(app, "POST", "/api/v4/users/1/personal_access_tokens?name=x&scopes[]=api", "application/json")));
            Assert.Equal(204, await Neighbours.Verify(app, PatrolApp.RootToken));
            Assert.Equal(200, (await app.Client().Get("users")).Status);
        }
        Assert.Equal(201, (await app.Client().Post("users/1/personal_access_tokens", new { name = "back", scopes = DirectoryKit.Api })).Status);
        // What could not be written meanwhile is written now.
        await Eventually.True(async () => await app.Count("SELECT count(*) FROM tokens WHERE id = 1 AND last_used_at IS NOT NULL") == 1, "the last use is written");
    }

    [Fact]
    public async Task A_silently_dead_database_does_not_hold_up_the_end_of_the_server()
    {
        var postgres = await SharedPostgres.Get();
        await using var line = new TcpProxy(postgres.Port);
        using var folder = new TemporaryFolder();
        var database = new Npgsql.NpgsqlConnectionStringBuilder(await postgres.NewDatabase()) { Port = line.Port }.ConnectionString;
        await using var server = await ServerProcess.Start(folder.Path, null, $"PATROL_DATABASE={database}", $"PATROL_ROOT_TOKEN={PatrolApp.RootToken}");
        using var client = server.Client(PatrolApp.RootToken);
        Assert.Equal(200, (await client.Get("version")).Status);
        line.Swallows = true;
        var waiting = client.Post("users/1/personal_access_tokens", new { name = "x", scopes = DirectoryKit.Api });
        var since = Stopwatch.GetTimestamp();
        Assert.Equal(0, await server.Stop());
        // Five seconds are promised; the rest is for a machine that is busy.
        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(15), $"It took {Stopwatch.GetElapsedTime(since)}.");
        await Task.WhenAny(waiting);
    }

    private static async Task AssertAway(PatrolApp app, string method, string path, string mediaType)
    {
        using var client = app.Client();
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(app.Address, path));
        using var answer = await client.SendAsync(request);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.Equal((503, mediaType), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.NotNull(answer.Headers.RetryAfter);
        switch (mediaType)
        {
            case "application/json":
                Assert.Equal("""{"message":"503 Service Unavailable"}""", body);
                break;
            case "application/problem+json":
                Assert.Equal(503, JsonDocument.Parse(body).RootElement.GetProperty("status").GetInt32());
                break;
            default:
                Assert.Equal("503 Service Unavailable\n", body);
                break;
        }
    }
}
