using System.Net.Sockets;
using Patrol.Cli.Sources;
using Patrol.Cli.Terminal;

namespace Patrol.Cli.Failures;

/// <summary>The one place where what went wrong becomes a line on standard error and an exit code.</summary>
internal static class FailureEdge
{
    private const int BrokenPipe = 32;
    private const int NoSpace = 28;
    private const int MostFrames = 8;

    public static async Task<int> Run(Screen screen, Func<CancellationToken, Task<ExitCode>> command)
    {
        using var interruption = new Interruption();
        try
        {
            var code = await command(interruption.Token);
            await screen.Flush();
            return (int)code;
        }
        // Every exception ends here: this is the edge of the program.
#pragma warning disable CA1031
        catch (Exception fault)
#pragma warning restore CA1031
        {
            await Finish(screen);
            if (fault is IOException { HResult: BrokenPipe })
                return (int)ExitCode.Done;
            var failure = interruption.Token.IsCancellationRequested && fault is not CliFailure
                ? new CliFailure(ExitCode.Interrupted, "Interrupted.", fault)
                : Explain(fault);
            screen.Say(failure.Message);
            return (int)failure.Code;
        }
    }

    /// <summary>What an exception means to the person at the terminal.</summary>
    public static CliFailure Explain(Exception fault) => fault switch
    {
        CliFailure failure => failure,
        OperationCanceledException => new CliFailure(ExitCode.Interrupted, "Interrupted.", fault),
        IOException { HResult: NoSpace } => new CliFailure(ExitCode.SomeRefused, $"The disk is full: {fault.Message}", fault),
        IOException when fault is not { InnerException: SocketException } => new CliFailure(ExitCode.SomeRefused, fault.Message, fault),
        UnauthorizedAccessException => new CliFailure(ExitCode.NotAllowed, fault.Message, fault),
        _ => SourceCatalog.Explain(fault) ?? Bug(fault),
    };

    // The message of an exception that nobody foresaw may hold anything, so it is not shown; the place is.
    private static CliFailure Bug(Exception fault) => new(
        ExitCode.SomeRefused,
        $"This is a bug in patrol ({fault.GetType().Name}). Please report it with these lines:{Environment.NewLine}{Place(fault)}", fault);

    private static string Place(Exception fault) => string.Join(Environment.NewLine, (fault.StackTrace ?? "").Split(Environment.NewLine).Take(MostFrames));

    // What was already answered is shown, whatever came after.
    private static async Task Finish(Screen screen)
    {
        try
        {
            await screen.Flush();
        }
        catch (IOException)
        {
            // Nobody reads any more.
        }
    }
}
