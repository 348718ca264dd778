using System.ComponentModel;
using System.Runtime.InteropServices;
using Patrol.Cli.Output;

namespace Patrol.Cli.Terminal;

/// <summary>
/// Standard output that remembers whether its reader has gone. As with .NET's own, bytes for a pipe that nobody reads any more are
/// no failure: <c>head</c> has seen enough. But what is shown only once must not be lost without a word. A descriptor of its own,
/// since the number of one that the shell closed is given to the next file or socket; and not for programs that this one starts, or
/// whoever reads the output would wait for what they leave running.
/// </summary>
internal sealed class StandardOutput : WriteOnlyStream
{
    private const int Output = 1, Interrupted = 4, BadDescriptor = 9, TryAgain = 11, BrokenPipe = 32, DuplicateForOneself = 1030, LowestOfOurs = 3;

    private readonly int descriptor = OperatingSystem.IsLinux() ? fcntl(Output, DuplicateForOneself, LowestOfOurs) : dup(Output);

    /// <summary>Something was written that nobody can read.</summary>
    public bool IsUnread { get; private set; }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var written = write(descriptor, in MemoryMarshal.GetReference(buffer), buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }
            var fault = Marshal.GetLastPInvokeError();
            if (fault == TryAgain)
            {
                // A pipe that somebody made not to wait; .NET's own stream waits all the same.
                using var patient = Console.OpenStandardOutput();
                patient.Write(buffer);
                return;
            }
            if (fault == BrokenPipe)
            {
                IsUnread = true;
                return;
            }
            if (fault != Interrupted)
                throw new IOException(fault == BadDescriptor ? "Standard output is closed." : new Win32Exception(fault).Message, fault);
        }
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int dup(int descriptor);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fcntl(int descriptor, int command, int lowest);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint write(int descriptor, in byte bytes, nint count);
}
