using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Patrol.Core.Notices;
using Patrol.Core.Tokens;
using Patrol.Server.Notices;
using Patrol.Server.Start;
using Patrol.Server.Storage;
using Patrol.Server.Tokens;
using Patrol.Server.Users;

namespace Patrol.Bench;

/// <summary>
/// How long the nightly jobs take over all tokens of a seeded server, some of them due, and what they cost whoever asks at
/// <c>/auth/verify</c> meanwhile. The mails go into files, and are timed apart.
/// </summary>
internal static partial class Nights
{
    private const int Rounds = 5;
    private const int SecondsEach = 8;
    private const long Day = 86_400_000;

    public static async Task Run(string used, int due, string[] options)
    {
        await using var app = PatrolServer.Build(options, configure: null);
        await PatrolServer.Prepare(app);
        await app.StartAsync();
        var url = app.Urls.First();
        var database = app.Services.GetRequiredService<Database>();
        var now = app.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        await Prepare(database, due, now.ToUnixTimeMilliseconds());

        await Wrk(url, used, SecondsEach);
        var (alone, beside, nights) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            alone.Add(await Wrk(url, used, SecondsEach));
            using var over = new CancellationTokenSource();
            // One night after the other for as long as it is looked.
            var working = Task.Run(async () =>
            {
                while (!over.IsCancellationRequested)
                {
                    await Forget(database);
                    nights.Add(await Night(app.Services, now));
                }
            });
            beside.Add(await Wrk(url, used, SecondsEach));
            await over.CancelAsync();
            await working;
            Console.Error.WriteLine($"round {round + 1}: {alone[^1]:0} alone, {beside[^1]:0} beside the jobs, {nights[^1]:0.0} s a night");
        }

        await Forget(database);
        await Night(app.Services, now);
        var letters = await Count(database, "SELECT count(*) FROM outbox");
        var started = Stopwatch.GetTimestamp();
        while (await app.Services.GetRequiredService<SendLetters>().Handle(CancellationToken.None) > 0)
        {
        }
        var sending = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var tokens = await Count(database, "SELECT count(*) FROM tokens");
        var ratios = alone.Zip(beside, (one, other) => other / one).ToList();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            | | {database.Engine}, {tokens} tokens, {due} of them due |
            |---|---|
            | all nightly jobs together | {Median(nights):0.0} s (of {nights.Count} nights; the longest {nights.Max():0.0} s) |
            | `/auth/verify` meanwhile, of what it is alone | {Median(ratios):0.00} (of {ratios.Count} rounds: {string.Join(", ", ratios.Select(ratio => ratio.ToString("0.00", CultureInfo.InvariantCulture)))}) |
            | {letters} mails written and filed | {sending:0.0} s |
            """));
        await app.StopAsync();
    }

    // What ends within sixty days is put off, and some of it ends in five days.
    private static async Task Prepare(Database database, int due, long now)
    {
        var today = now - now % Day;
        var highest = await Count(database, "SELECT max(id) FROM tokens");
        for (long after = 0; after < highest; after += 10_000)
        {
            var range = $"id > {after} AND id <= {after + 10_000}";
            await database.Write(async scope =>
            {
                scope.Changes.Everything = true;
                await scope.Execute(
                    $"UPDATE tokens SET expires_at = {today + 200 * Day} WHERE {range} AND expires_at >= {today - Day} AND expires_at <= {today + 61 * Day}");
                await scope.Execute($"UPDATE tokens SET expires_at = {today + 5 * Day}, revoked_at = NULL WHERE {range} AND id % {highest / due} = 1");
            });
        }
    }

    private static Task Forget(Database database) => database.Write(async scope =>
    {
        await scope.Execute("DELETE FROM notices");
        await scope.Execute("DELETE FROM outbox");
    });

    private static async Task<double> Night(IServiceProvider services, DateTimeOffset now)
    {
        var started = Stopwatch.GetTimestamp();
        var (tell, since) = (services.GetRequiredService<TellOwed>(), now.AddDays(-1));
        await services.GetRequiredService<RemoveInactiveBots>().Handle(now, now, CancellationToken.None);
        await tell.Handle(NoticePolicy.GitLabWarnings(NoticePolicy.GitLabDays), TokenDialect.GitLab, since, now, CancellationToken.None);
        await tell.Handle(NoticePolicy.GitLabEnd, TokenDialect.GitLab, since, now, CancellationToken.None);
        await tell.Handle(NoticePolicy.Atlassian(5), TokenDialect.Atlassian, since, now, CancellationToken.None);
        await services.GetRequiredService<PruneTokens>().Handle(now, now, CancellationToken.None);
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<double> Wrk(string url, string used, int seconds)
    {
        using var wrk = Process.Start(new ProcessStartInfo("wrk", ["-t2", "-c64", $"-d{seconds}s", "-s", "bench/tokens.lua", url, "--", used, "/auth/verify"])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        var output = await wrk.StandardOutput.ReadToEndAsync();
        await wrk.WaitForExitAsync();
        return double.Parse(RequestsPerSecond().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    private static Task<long> Count(Database database, string sql) =>
        database.Write(scope => scope.Scalar<long>(sql));

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    [GeneratedRegex(@"Requests/sec:\s+([0-9.]+)")]
    private static partial Regex RequestsPerSecond();
}
