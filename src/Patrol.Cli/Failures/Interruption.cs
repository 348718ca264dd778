using System.Runtime.InteropServices;

namespace Patrol.Cli.Failures;

/// <summary>
/// Turns Ctrl-C and SIGTERM into cancellation, so that a batch under way is rolled back or committed and the run says where it
/// stands. The second one ends the program at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource cancelling = new();
    private readonly PosixSignalRegistration[] registrations;

    public Interruption() => registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
    ];

    public CancellationToken Token => cancelling.Token;

    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
        cancelling.Dispose();
    }

    private void Handle(PosixSignalContext signal)
    {
        if (cancelling.IsCancellationRequested)
            Environment.Exit((int)ExitCode.Interrupted);
        signal.Cancel = true;
        cancelling.Cancel();
    }
}
