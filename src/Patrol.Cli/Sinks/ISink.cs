using Patrol.Cli.Failures;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sinks;

/// <summary>
/// A place that holds a token: a key of a file, a row, a variable. It is looked at, written by compare-and-set, and read back. What
/// it refuses it says as a <see cref="CliFailure"/>; one with <see cref="ExitCode.Unreachable"/> may pass, any other will not.
/// </summary>
internal interface ISink : IAsyncDisposable
{
    /// <summary>What messages call it: "GITLAB_TOKEN in /srv/app/.env".</summary>
    string Name { get; }

    /// <summary>Whether what it holds can be read; a command without one for reading cannot.</summary>
    bool IsReadable => true;

    /// <summary>Makes sure that it can be written, writing nothing, and reads what it holds.</summary>
    /// <returns>Null if it cannot be read.</returns>
    /// <exception cref="CliFailure">It is not there, not writable, or not as it should be; the message names file and line.</exception>
    Task<Secret?> Check(CancellationToken cancellation);

    /// <summary>What it holds now.</summary>
    /// <returns>Null if it cannot be read.</returns>
    Task<Secret?> Read(CancellationToken cancellation);

    /// <summary>Writes a token, unless the place holds something else than is expected. Holding the new one already is no error.</summary>
    /// <param name="expected">What it held when it was checked; null where it cannot be read.</param>
    /// <param name="next">What it is to hold.</param>
    /// <param name="cancellation">Ends it before it has begun to write.</param>
    /// <exception cref="CliFailure">It holds something else by now, or cannot take the token. Nothing was changed.</exception>
    Task Store(Secret? expected, Secret next, CancellationToken cancellation);
}
