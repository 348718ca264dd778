using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Patrol.AspNetCore;

namespace Patrol.Bench;

/// <summary>
/// A hit of the package's verification in process beside one SHA-256 of the same text, in interleaved rounds of one run: first a hit's
/// processor time in microseconds, then rows of the report.
/// </summary>
internal static class InProcess
{
    private const int Rounds = 21, Checks = 200_000;

    public static async Task Run(string file, string database, string secretFile)
    {
        var texts = (await File.ReadAllLinesAsync(file)).ToList();
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddAuthentication().AddPatrol(options => (options.Database, options.SecretFile, options.CacheCapacity) = (database, secretFile, 4 * texts.Count));
        using var host = builder.Build();
        await host.StartAsync();
        var verifier = host.Services.GetRequiredService<PatrolVerifier>();
        // Those that are good; looked up here, they are hits from now on.
        for (var i = texts.Count - 1; i >= 0; i--)
        {
            if ((await verifier.Verify(texts[i])).Verdict != PatrolVerdict.Good)
                texts.RemoveAt(i);
        }

        var (hash, verify, ratio) = (new List<double>(), new List<double>(), new List<double>());
        long allocated = 0;
        var processor = TimeSpan.Zero;
        // The first rounds are the compiler's.
        for (var round = -3; round < Rounds; round++)
        {
            var hashed = Time(() => Hash(texts));
            var (before, since) = (GC.GetAllocatedBytesForCurrentThread(), Environment.CpuUsage.TotalTime);
            var verified = Time(() => Verify(verifier, texts));
            if (round < 0)
                continue;
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            processor += Environment.CpuUsage.TotalTime - since;
            hash.Add(hashed);
            verify.Add(verified);
            ratio.Add(verified / hashed);
        }
        await host.StopAsync();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{processor.TotalMicroseconds / Rounds / Checks}"));
        Console.WriteLine($"| SHA-256 of a token's text | {Median(hash):0} ns | 1.00 |");
        Console.WriteLine($"| verification in process, hit | {Median(verify):0} ns, {(double)allocated / Rounds / Checks:0.###} bytes allocated | {Median(ratio):0.00} of SHA-256 |");
    }

    private static double Time(Action work)
    {
        var since = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(since).TotalNanoseconds / Checks;
    }

    private static void Hash(List<string> texts)
    {
        Span<byte> bytes = stackalloc byte[1024];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        for (var i = 0; i < Checks; i++)
            SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(texts[i % texts.Count], bytes)], hash);
    }

    private static void Verify(PatrolVerifier verifier, List<string> texts)
    {
        for (var i = 0; i < Checks; i++)
        {
            var verification = verifier.Verify(texts[i % texts.Count]);
            if (!verification.IsCompletedSuccessfully || verification.Result.Verdict != PatrolVerdict.Good)
                throw new InvalidOperationException("No hit.");
        }
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
