using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Patrol.Cli.Sinks;

/// <summary>What .NET has no call for: whose a file is, giving a file away, and having a folder's entries on the disk.</summary>
internal static class Posix
{
    private const int CurrentFolder = -100, BasicFields = 0x7ff, SizeOfStatx = 256;
    private const int LinksAt = 16, UserAt = 20, GroupAt = 24;

    /// <summary>Owner, group and number of names of a file; null on systems that are no Linux.</summary>
    public static (int User, int Group, int Links)? Owner(string path)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        // statx(2): the one structure that is laid out alike on every machine.
        var buffer = new byte[SizeOfStatx];
        if (statx(CurrentFolder, path, 0, BasicFields, buffer) != 0)
            throw Fault(path);
        return (BitConverter.ToInt32(buffer, UserAt), BitConverter.ToInt32(buffer, GroupAt), BitConverter.ToInt32(buffer, LinksAt));
    }

    /// <summary>Gives a file to a user and group.</summary>
    /// <exception cref="IOException">This user may not.</exception>
    public static void Give(string path, int user, int group)
    {
        if (OperatingSystem.IsLinux() && chown(path, user, group) != 0)
            throw Fault(path);
    }

    /// <summary>Returns when the disk has the folder's entries: a renamed file is there after a crash.</summary>
    public static void Flush(string folder)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var handle = open(folder, 0);
        if (handle < 0)
            throw Fault(folder);
        var failed = fsync(handle) != 0;
        _ = close(handle);
        if (failed)
            throw Fault(folder);
    }

    private static IOException Fault(string path) => new($"{path}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int statx(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, int mask, byte[] buffer);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int chown([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int user, int group);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fsync(int handle);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int close(int handle);
}
