using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Patrol.Tests.Kit;

/// <summary>POSIX signals: .NET itself can only send SIGKILL.</summary>
internal static class Signals
{
    public const int Interrupt = 2, Quit = 3, Terminate = 15;

    public static void Send(Process process, int signal)
    {
        if (!process.HasExited)
            _ = kill(process.Id, signal);
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int pid, int signal);
}
