using System.Diagnostics;

namespace Patrol.Server.Storage;

/// <summary>
/// Keeps work on many rows from crowding out those who wait for an answer: after each piece it rests for seven times as long, so
/// that it takes an eighth of one processor.
/// </summary>
internal static class Pace
{
    private const int RestsPerWork = 7;

    /// <summary>Rests.</summary>
    /// <param name="started">The <see cref="Stopwatch.GetTimestamp"/> at which the piece of work began.</param>
    /// <param name="stopping">Ends the rest.</param>
    public static Task Rest(long started, CancellationToken stopping) => Task.Delay(Stopwatch.GetElapsedTime(started) * RestsPerWork, stopping);
}
