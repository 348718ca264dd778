using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Patrol.Server.Start;
using Patrol.Server.Telemetry;

namespace Patrol.Bench;

/// <summary>
/// How soon a token that one server revokes is refused by another that remembers it: two servers in this process on one
/// PostgreSQL database, one revocation after the other. Ends with 1 if the slowest hundredth is slower than promised.
/// </summary>
internal static class Propagation
{
    private const int Revocations = 1_000;
    private const double PromisedMilliseconds = 250;
    private const string RootToken = "benchmark-root-token-0001";

    public static async Task<int> Run(string database)
    {
        var folder = Directory.CreateTempSubdirectory("patrol-propagation-").FullName;
        try
        {
            await using var one = await Start(folder, "one", database);
            await using var other = await Start(folder, "other", database);
            using var client = new HttpClient();
            client.DefaultRequestHeaders.Add("PRIVATE-TOKEN", RootToken);
            var times = new List<double>();
            for (var number = 0; number < Revocations; number++)
            {
                using var made = await client.PostAsJsonAsync($"{one.Urls.First()}/api/v4/users/1/personal_access_tokens", new { name = "bench", scopes = (string[])["api"] });
                var token = await made.Content.ReadFromJsonAsync<JsonElement>();
                using var asker = new HttpClient();
                asker.DefaultRequestHeaders.Add("PRIVATE-TOKEN", token.GetProperty("token").GetString());
                var door = new Uri($"{other.Urls.First()}/auth/verify");
                var metrics = other.Services.GetRequiredService<Metrics>();
                for (var lookUps = -1L; lookUps != metrics.LookUps;)
                {
                    // Until it is answered from memory.
                    lookUps = metrics.LookUps;
                    if ((int)(await asker.GetAsync(door)).StatusCode != 204)
                        lookUps = -1;
                }
                (await client.DeleteAsync(new Uri($"{one.Urls.First()}/api/v4/personal_access_tokens/{token.GetProperty("id")}"))).EnsureSuccessStatusCode();
                var revoked = Stopwatch.GetTimestamp();
                while ((int)(await asker.GetAsync(door)).StatusCode == 204)
                    await Task.Yield();
                times.Add(Stopwatch.GetElapsedTime(revoked).TotalMilliseconds);
            }
            times.Sort();
            var p99 = times[times.Count * 99 / 100];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Revocations} revocations: p50 {times[times.Count / 2]:0.0} ms, p99 {p99:0.0} ms, max {times[^1]:0.0} ms"));
            return p99 <= PromisedMilliseconds ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<WebApplication> Start(string folder, string name, string database)
    {
        var app = PatrolServer.Build(
            ["--urls=http://127.0.0.1:0", $"--data={Path.Combine(folder, name)}", $"--secret-file={Path.Combine(folder, "secret")}", $"--database={database}", $"--PATROL_ROOT_TOKEN={RootToken}", "--PATROL_ROOT_PASSWORD=benchmark-password"],
            configure: null);
        await PatrolServer.Prepare(app);
        await app.StartAsync();
        return app;
    }
}
