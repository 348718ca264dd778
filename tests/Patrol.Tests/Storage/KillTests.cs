using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Dapper;
using Microsoft.Data.Sqlite;
using Npgsql;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Storage;

/// <summary>
/// <c>kill -9</c> at any moment loses nothing that was acknowledged and leaves nothing half done. The moment is a random one of
/// a stream of changes by several writers.
/// </summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const string RootToken = "root-token-of-the-kill-tests";
    private const int Writers = 4;
    private const int Kills = 3;

    [Theory, ClassData(typeof(Engines))]
    public async Task A_killed_server_has_every_change_that_it_acknowledged_and_none_by_halves(Engine engine)
    {
        using var folder = new TemporaryFolder();
        var database = engine == Engine.PostgreSql ? await (await SharedPostgres.Get()).NewDatabase() : null;
        string[] environment = [$"PATROL_ROOT_TOKEN={RootToken}", .. database is null ? (string[])[] : [$"PATROL_DATABASE={database}"]];
        var writers = Enumerable.Range(0, Writers).Select(number => new ChangeStream(number)).ToList();
        for (var kill = 1; kill <= Kills; kill++)
        {
            await using (var server = await ServerProcess.Start(folder.Path, null, environment))
            {
                using var client = server.Client(RootToken);
                if (kill == 1)
                    Assert.Equal(201, (await client.Post("projects", new { path = "killed" })).Status);
                var target = writers.Sum(writer => writer.Acknowledged) + RandomNumberGenerator.GetInt32(20, 150);
                var running = writers.Select(writer => Task.Run(() => writer.Run(client))).ToList();
                await Eventually.True(() => writers.Sum(writer => writer.Acknowledged) >= target || running.Any(writer => writer.IsFaulted), "enough is acknowledged");
                await server.Kill();
                await Task.WhenAll(running);
            }
            await using var again = await ServerProcess.Start(folder.Path, null, environment);
            foreach (var writer in writers)
                await writer.Check(text => Verify(again, text));
            Assert.Equal(0, await again.Stop());
            await AssertNothingHalf(folder, database, writers);
        }
        output.WriteLine($"{writers.Sum(writer => writer.Acknowledged)} acknowledged changes, {Kills} kills");
    }

    private static async Task<int> Verify(ServerProcess server, string text)
    {
        using var client = server.Client(text);
        using var answer = await client.GetAsync(new Uri(server.Address, "/auth/verify"));
        return (int)answer.StatusCode;
    }

    private static async Task AssertNothingHalf(TemporaryFolder folder, string? database, List<ChangeStream> writers)
    {
        await using System.Data.Common.DbConnection connection = database is null ? new SqliteConnection($"Data Source={folder["patrol-data/patrol.db"]}") : new NpgsqlConnection(database);
        await connection.OpenAsync();
        Task<long> Count(string sql) => connection.ExecuteScalarAsync<long>(sql);
        // A bot without its membership or token; a successor of a token that still works; a change without its line in the trail.
        Assert.Equal(0, await Count("SELECT count(*) FROM users u WHERE u.bot_resource_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM members m WHERE m.user_id = u.id)"));
        Assert.Equal(0, await Count("SELECT count(*) FROM users u WHERE u.bot_resource_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM tokens t WHERE t.user_id = u.id)"));
        Assert.Equal(0, await Count("SELECT count(*) FROM tokens t JOIN tokens p ON p.id = t.previous_id WHERE p.revoked_at IS NULL"));
        Assert.Equal(0, await Count("SELECT count(*) FROM tokens t WHERE t.id > 1 AND t.previous_id IS NULL AND NOT EXISTS (SELECT 1 FROM audit a WHERE a.action = 'token.create' AND a.target_id = t.id)"));
        Assert.Equal(0, await Count("SELECT count(*) FROM tokens t WHERE t.previous_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM audit a WHERE a.action = 'token.rotate' AND a.target_id = t.previous_id)"));
        // A rotation whose answer never came: the old one works, or there is a successor.
        foreach (var id in writers.SelectMany(writer => writer.UnansweredRotations))
            Assert.Equal(1, await Count($"SELECT count(*) FROM tokens t WHERE t.id = {id} AND (t.revoked_at IS NULL OR EXISTS (SELECT 1 FROM tokens s WHERE s.previous_id = t.id))"));
    }

    /// <summary>One writer: changes tokens of its own until the server is gone, and knows what was acknowledged.</summary>
    private sealed class ChangeStream(int number)
    {
        private readonly Dictionary<long, (string Text, bool OfProject)> good = [];
        private readonly List<string> refused = [];
        private readonly ConcurrentBag<string> undecided = [];
        private int made;

        public int Acknowledged { get; private set; }

        public List<long> UnansweredRotations { get; } = [];

        public async Task Run(HttpClient client)
        {
            long changing = 0;
            var rotating = false;
            try
            {
                while (true)
                {
                    changing = 0;
                    if (good.Count < 3 || RandomNumberGenerator.GetInt32(3) == 0)
                        await Create(client);
                    else
                    {
                        changing = good.Keys.ElementAt(RandomNumberGenerator.GetInt32(good.Count));
                        rotating = RandomNumberGenerator.GetInt32(3) > 0;
                        await (rotating ? Rotate(client, changing) : Revoke(client, changing));
                    }
                    Acknowledged++;
                }
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException)
            {
                // Nobody knows whether the last change was made.
                if (!good.Remove(changing, out var unknown))
                    return;
                undecided.Add(unknown.Text);
                if (rotating)
                    UnansweredRotations.Add(changing);
            }
        }

        public async Task Check(Func<string, Task<int>> verify)
        {
            foreach (var (_, token) in good)
                Assert.Equal(204, await verify(token.Text));
            foreach (var text in refused)
                Assert.Equal(401, await verify(text));
            foreach (var text in undecided)
                Assert.Contains(await verify(text), (int[])[204, 401]);
        }

        private async Task Create(HttpClient client)
        {
            var name = $"writer {number} token {++made}";
            var ofProject = RandomNumberGenerator.GetInt32(3) == 0;
            var given = !ofProject && RandomNumberGenerator.GetInt32(2) == 0 ? $"a-given-text-{number}-{made}-{Guid.NewGuid():N}" : null;
            string[] scopes = ["api"];
            var (status, body) = ofProject ? await client.Post("projects/1/access_tokens", new { name, scopes, access_level = 30, expires_at = Soon() })
                : given is null ? await client.Post("users/1/personal_access_tokens", new { name, scopes, expires_at = Soon() })
                : await client.Post("/api/patrol/v1/tokens", new { user = "root", name, scopes, token = given });
            Assert.Equal(201, status);
            good.Add((given is null ? body : body.GetProperty("details")).GetProperty("id").GetInt64(), (body.GetProperty("token").GetString()!, ofProject));
        }

        private async Task Rotate(HttpClient client, long id)
        {
            var (text, ofProject) = good[id];
            var (status, body) = await client.Post($"{Where(ofProject)}/{id}/rotate");
            Assert.Equal(200, status);
            good.Remove(id);
            refused.Add(text);
            good.Add(body.GetProperty("id").GetInt64(), (body.GetProperty("token").GetString()!, ofProject));
        }

        private async Task Revoke(HttpClient client, long id)
        {
            var (text, ofProject) = good[id];
            Assert.Equal((int)HttpStatusCode.NoContent, (await client.Delete($"{Where(ofProject)}/{id}")).Status);
            good.Remove(id);
            refused.Add(text);
        }

        private static string Where(bool ofProject) => ofProject ? "projects/1/access_tokens" : "personal_access_tokens";

        private static string Soon() => TimeProvider.System.GetUtcNow().AddDays(30).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
    }
}
