using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace Patrol.Cli.Sinks;

/// <summary>What .NET has no call for: whose a file is, giving a file away, its attributes, and having a folder's entries on the disk.</summary>
internal static class Posix
{
    private const int CurrentFolder = -100, BasicFields = 0x7ff, SizeOfStatx = 256;
    private const int LinksAt = 16, UserAt = 20, GroupAt = 24, ModeAt = 28;
    private const int KindMask = 0xf000, FolderKind = 0x4000, FileKind = 0x8000;
    private const int TooShort = 34, NoAttribute = 61, NotSupported = 95;

    /// <summary>The access control list of a file: an attribute that grants rights beyond its mode.</summary>
    public const string AccessList = "system.posix_acl_access";

    /// <summary>As whom this program does what it does; null on systems that are no Linux.</summary>
    public static int? User => OperatingSystem.IsLinux() ? geteuid() : null;

    /// <summary>Owner, group and number of names of a file; null on systems that are no Linux.</summary>
    public static (int User, int Group, int Links)? Owner(string path)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        var status = Status(path) ?? throw Fault(path);
        return (BitConverter.ToInt32(status, UserAt), BitConverter.ToInt32(status, GroupAt), BitConverter.ToInt32(status, LinksAt));
    }

    /// <summary>What a path is that is no regular file: reading a pipe, for one, would wait for a writer. Null for files, and for what is not there.</summary>
    public static string? WhyNoFile(string path)
    {
        if (!OperatingSystem.IsLinux())
            return Directory.Exists(path) ? "is a folder" : null;
        return Status(path) is not { } status ? null
            : (BitConverter.ToUInt16(status, ModeAt) & KindMask) switch { FileKind => null, FolderKind => "is a folder", _ => "is no regular file" };
    }

    /// <summary>A file's extended attributes, its access control list among them.</summary>
    public static Dictionary<string, byte[]> Attributes(string path)
    {
        var all = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        if (!OperatingSystem.IsLinux())
            return all;
        foreach (var name in Encoding.UTF8.GetString(Filled(path, (buffer, size) => listxattr(path, buffer, size)) ?? []).Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Filled(path, (buffer, size) => getxattr(path, name, buffer, size)) is { } value)
                all[name] = value;
        }
        return all;
    }

    /// <summary>Sets an attribute, or takes it away with null.</summary>
    /// <exception cref="IOException">This user may not, or the file system has none.</exception>
    public static void SetAttribute(string path, string name, byte[]? value)
    {
        if ((value is null ? removexattr(path, name) : setxattr(path, name, value, value.Length, 0)) != 0)
            throw Fault($"its attribute {name} cannot be kept");
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

    // statx(2): the one structure that is laid out alike on every machine. Null if it is not there or not shown.
    private static byte[]? Status(string path)
    {
        var buffer = new byte[SizeOfStatx];
        return statx(CurrentFolder, path, 0, BasicFields, buffer) == 0 ? buffer : null;
    }

    // The system says how much there is, and then fills it in. Null where there is none.
    private static byte[]? Filled(string path, Func<byte[], nint, nint> ask)
    {
        while (true)
        {
            var size = ask([], 0);
            var buffer = new byte[Math.Max(size, 0)];
            if (size >= 0 && (size == 0 || (size = ask(buffer, buffer.Length)) >= 0))
                return buffer[..(int)size];
            if (Marshal.GetLastPInvokeError() is NoAttribute or NotSupported)
                return null;
            // Grown in between.
            if (Marshal.GetLastPInvokeError() != TooShort)
                throw Fault(path);
        }
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

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int geteuid();

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint listxattr([MarshalAs(UnmanagedType.LPUTF8Str)] string path, byte[] names, nint size);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint getxattr([MarshalAs(UnmanagedType.LPUTF8Str)] string path, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, byte[] value, nint size);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int setxattr([MarshalAs(UnmanagedType.LPUTF8Str)] string path, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, byte[] value, nint size, int flags);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int removexattr([MarshalAs(UnmanagedType.LPUTF8Str)] string path, [MarshalAs(UnmanagedType.LPUTF8Str)] string name);
}
