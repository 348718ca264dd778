using System.Diagnostics;
using System.Globalization;

namespace Patrol.Bench;

/// <summary>How long a page of 100 tokens takes, filter by filter, one request at a time.</summary>
internal static class Lists
{
    private const int Rounds = 40;

    private static readonly string[] Queries =
    [
        "", "page=99", "state=active", "state=inactive&page=50", "revoked=true", "revoked=false&page=99", "user_id=4711",
        "created_after=2026-01-01T00:00:00Z&page=40", "created_before=2025-01-01T00:00:00Z", "expires_before=2026-01-01", "expires_after=2027-11-01",
        "last_used_before=2025-06-01T00:00:00Z", "last_used_after=2026-11-20T00:00:00Z", "search=terraform", "search=nightly+laptop&page=20", "search=nothing-has-this-name",
        "search=99999", "state=active&search=ci&created_after=2026-06-01T00:00:00Z", "sort=created_desc", "sort=created_asc&page=99", "sort=expires_asc",
        "sort=expires_desc&page=99", "sort=last_used_desc", "sort=name_asc", "sort=name_desc&page=99", "state=active&sort=last_used_asc&page=50",
    ];

    public static async Task Run(Uri server, string token)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(server, "/api/v4/") };
        client.DefaultRequestHeaders.Add("PRIVATE-TOKEN", token);
        Console.WriteLine("| filter | median ms | 95 % | worst |");
        Console.WriteLine("|---|---|---|---|");
        var worstMedian = 0.0;
        foreach (var query in Queries)
        {
            var times = new List<double>();
            for (var round = 0; round < Rounds; round++)
            {
                var started = Stopwatch.GetTimestamp();
                using var answer = await client.GetAsync($"personal_access_tokens?per_page=100&{query}");
                await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
            times.RemoveAt(0);
            times.Sort();
            worstMedian = Math.Max(worstMedian, times[times.Count / 2]);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| `{(query.Length == 0 ? "(none)" : query)}` | {times[times.Count / 2]:0.0} | {times[times.Count * 95 / 100]:0.0} | {times[^1]:0.0} |"));
        }
        Console.WriteLine();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"slowest median: {worstMedian:0.0} ms"));
    }
}
