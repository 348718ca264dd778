using Patrol.Cli.Failures;
using Patrol.Cli.Sources;

namespace Patrol.Cli.Renewal;

/// <summary>How long to try again.</summary>
internal enum Wait
{
    /// <summary>Nothing is made yet: ending costs nothing.</summary>
    Short,

    /// <summary>Something is made: every end leaves work to somebody.</summary>
    Long,

    /// <summary>A command may have restarted the system itself: GitLab takes minutes to come up.</summary>
    Restart,
}

/// <summary>Trying again what may pass: a system that is restarting or busy.</summary>
internal static class Patience
{
    private static readonly double[] Short = [0.3, 0.7];
    private static readonly double[] Long = [0.5, 1, 2, 4, 8, 10, 10, 10, 10];
    private static readonly double[] Restart = [.. Long, .. Enumerable.Repeat(15d, 40)];

    /// <summary>Does it, again and again if need be.</summary>
    /// <exception cref="CliFailure">It is refused, or does not pass.</exception>
    public static async Task<T> Try<T>(Wait wait, TimeProvider time, Func<Task<T>> work, CancellationToken cancellation)
    {
        var waits = wait switch { Wait.Short => Short, Wait.Long => Long, _ => Restart };
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await work();
            }
            catch (Exception fault) when (Explain(fault) is { } failure)
            {
                if (failure.Code != ExitCode.Unreachable || attempt == waits.Length)
                    throw ReferenceEquals(failure, fault) ? fault : failure;
                await Task.Delay(TimeSpan.FromSeconds(waits[attempt]), time, cancellation);
            }
        }
    }

    public static Task Try(Wait wait, TimeProvider time, Func<Task> work, CancellationToken cancellation) => Try(wait, time, async () =>
    {
        await work();
        return true;
    }, cancellation);

    /// <summary>What a system's fault comes to; null if it is none.</summary>
    public static CliFailure? Explain(Exception fault) => fault as CliFailure ?? SourceCatalog.Explain(fault);
}
