using System.Net;
using Patrol.Cli.Failures;

namespace Patrol.Cli.Sources.Http;

/// <summary>A request that a system refused or did not answer, with the line that says so.</summary>
/// <param name="line">What happened, in one line without secrets.</param>
/// <param name="status">The answer's status; null if there was no answer.</param>
/// <param name="code">The exit code that it comes to.</param>
/// <param name="cause">The library's exception, if there was one.</param>
internal sealed class ApiFault(string line, HttpStatusCode? status, ExitCode code, Exception? cause = null) : Exception(line, cause)
{
    public HttpStatusCode? Status => status;

    public ExitCode Code => code;

    /// <summary>What the system said in its own words; empty if nothing.</summary>
    public string Words { get; init; } = "";

    /// <summary>The request may have been carried out although no good answer came: before it is sent again, look.</summary>
    public bool MayHaveHappened { get; init; }

    /// <summary>Null if it is no API's.</summary>
    public static CliFailure? Explain(Exception fault) => fault is ApiFault known ? new CliFailure(known.Code, known.Message, known) : null;
}
