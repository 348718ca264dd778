namespace Patrol.Cli.Failures;

/// <summary>How a run ended; the contract's exit codes.</summary>
internal enum ExitCode
{
    Done = 0,

    /// <summary>Something was refused or could not be finished; the rest was done.</summary>
    SomeRefused = 1,

    WrongUsage = 2,
    Unreachable = 3,
    NotAllowed = 4,
    Interrupted = 130,
}

/// <summary>Ends the run: one line that says what is wrong and what to do, and the exit code.</summary>
internal sealed class CliFailure(ExitCode code, string line, Exception? cause = null) : Exception(line, cause)
{
    public ExitCode Code => code;

    public static CliFailure Usage(string line) => new(ExitCode.WrongUsage, line);
}
