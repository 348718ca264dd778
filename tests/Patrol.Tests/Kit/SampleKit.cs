using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Patrol.Server.Storage;

namespace Patrol.Tests.Kit;

/// <summary>Fills a server with a small company's people and tokens, the same each time, for pictures and for looking around.</summary>
internal static class SampleKit
{
    private const ulong Multiplier = 6364136223846793005, Increment = 1442695040888963407;
    private static readonly string[] People = ["mika Mika Sato", "robin Robin Weber", "amara Amara Okafor", "lee Lee Jiwoo", "ines Inês Duarte"];
    private static readonly string[] Names = ["laptop", "ci-deploy", "nightly backup", "registry pull", "grafana", "release bot", "terraform", "renovate", "staging sync", "metrics export"];
    private static readonly string[] Scopes = ["read_api", "api", "read_repository", "read_registry write_registry", "read_user", "write_repository"];

    /// <summary>Fills it; answers the id of one of root's tokens.</summary>
    public static async Task<long> Fill(PatrolApp app)
    {
        var root = app.Client();
        foreach (var person in People)
        {
            var (username, name) = (person.Split(' ')[0], person[(person.IndexOf(' ') + 1)..]);
            await root.Post("users", new { username, name, email = $"{username}@example.com", password = "correct horse battery" });
        }
        var today = DateOnly.FromDateTime(app.Clock.GetUtcNow().UtcDateTime);
        string In(int days) => today.AddDays(days).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        Task<(int, System.Text.Json.JsonElement Body)> Token(long user, string name, string scopes, int days, string? description = null) =>
            root.Post($"users/{user}/personal_access_tokens", new { name, description, scopes = scopes.Split(' '), expires_at = In(days) });

        // A sequence that only looks random, so that pictures are the same each time.
        ulong state = 7;
        int Next(int below) => (int)((state = state * Multiplier + Increment) >> 33) % below;
        for (var i = 0; i < 140; i++)
            await Token(2 + Next(People.Length), Names[Next(Names.Length)], Scopes[Next(Scopes.Length)], 3 + Next(Next(3) == 0 ? 90 : 360));
        for (var i = 0; i < 46; i++)
            await Token(2 + Next(People.Length), "made by the migration", "api", 172);
        for (var i = 0; i < 19; i++)
            await Token(2 + Next(People.Length), "workshop", "read_repository", 68);

        var first = (await Token(1, "laptop", "read_api read_repository", 5, "git and scripts on my own machine")).Body.GetProperty("id").GetInt64();
        await Token(1, "ci-deploy", "api", 88, "deploys staging from the pipeline");
        await Token(1, "metrics export", "read_api", 203);
        await Token(1, "<b>hostile</b> \"name\" <script>alert(1)</script>", "read_user", 301, "'><img src=x onerror=alert(1)>");
        var old = (await Token(1, "old laptop", "read_api", 40)).Body.GetProperty("id").GetInt64();
        await root.Delete($"personal_access_tokens/{old}");
        var group = (await root.Post("groups", new { name = "Platform", path = "platform" })).Body.GetProperty("id").GetInt64();
        var project = (await root.Post("projects", new { name = "Website", path = "website", namespace_id = group })).Body.GetProperty("id").GetInt64();
        await root.Post($"projects/{project}/access_tokens", new { name = "preview deploys", scopes = new[] { "read_repository" }, access_level = 30, expires_at = In(60) });
        await root.Post($"groups/{group}/access_tokens", new { name = "image builds", scopes = new[] { "read_registry", "write_registry" }, access_level = 30, expires_at = In(118) });
        await root.Post("users/2/impersonation_tokens", new { name = "support", scopes = new[] { "read_api" }, expires_at = In(20) });
        await root.Post("users/6/block");

        // They were not all made today.
        await app.Services.GetRequiredService<Database>().Write(async scope =>
        {
            var at = app.Clock.GetUtcNow().ToUnixTimeMilliseconds();
            await scope.Execute("UPDATE tokens SET created_at = @at - (id * 7919 % 240) * 86400000, last_used_at = CASE WHEN id % 5 = 0 THEN NULL ELSE @at - (id * 104729 % 900) * 3600000 END", new { at });
            await scope.Execute("INSERT INTO token_ips (token_id, ip, seen_at) SELECT id, '192.0.2.' || (id % 200 + 10), @at FROM tokens WHERE last_used_at IS NOT NULL ON CONFLICT DO NOTHING", new { at });
            scope.Changes.Everything = true;
        });
        return first;
    }
}
