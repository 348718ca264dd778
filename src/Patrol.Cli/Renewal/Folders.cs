using System.Security.Cryptography;
using System.Text;
using Patrol.Cli.Failures;
using Patrol.Cli.Sinks;

namespace Patrol.Cli.Renewal;

/// <summary>Where renewal keeps its own files, and making them for this user alone.</summary>
internal static class Folders
{
    public const string TooLarge = "Files may not become so large here (ulimit -f).";

    /// <summary><c>~/.config/patrol</c>; null without a home.</summary>
    public static string? Config(Func<string, string?> variable) => Below(variable, "XDG_CONFIG_HOME", ".config");

    /// <summary><c>~/.local/state/patrol</c>.</summary>
    public static string State(Func<string, string?> variable) =>
        Below(variable, "XDG_STATE_HOME", Path.Combine(".local", "state")) ?? throw CliFailure.Usage("HOME is not set: say with --journal DIR where to keep the journal.");

    /// <summary>The folder of the journals that nobody gave one of their own.</summary>
    public static string Journals(Func<string, string?> variable) => Path.Combine(State(variable), "renew");

    /// <summary>A file name for a text of any kind.</summary>
    public static string NameFor(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];

    public static void Create(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Refuses a folder or file that another user could have filled: what stands in a journal is done.</summary>
    /// <exception cref="CliFailure">It is another user's than this one or root, or others may write it.</exception>
    public static void DemandOwn(string path)
    {
        if (OperatingSystem.IsWindows() || Posix.Owner(path) is not { } owner)
            return;
        if (owner.User != 0 && owner.User != Posix.User)
            throw new CliFailure(ExitCode.NotAllowed, $"{path} belongs to another user ({owner.User}), who could make this one run commands. Go on as that user, or look at it and make it your own (chown -R).");
        var mode = File.GetUnixFileMode(path);
        // In a sticky folder nobody replaces another's files.
        if ((mode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != UnixFileMode.None && !mode.HasFlag(UnixFileMode.StickyBit))
            throw new CliFailure(ExitCode.NotAllowed, $"{path} may be written by others, who could make this user run commands. Look at it, then take that away (chmod go-w {path}), or give another folder with --journal.");
    }

    /// <summary>Options for a file that only this user can read.</summary>
    public static FileStreamOptions Private(FileMode mode, FileAccess access, FileShare share = FileShare.Read)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows() && mode is not (FileMode.Open or FileMode.Truncate))
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }

    /// <summary>Makes a file, and returns when the disk has it.</summary>
    public static void WriteNew(string path, byte[] content)
    {
        using (var file = new FileStream(path, Private(FileMode.CreateNew, FileAccess.Write)))
        {
            try
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }
            catch (Exception fault)
            {
                File.Delete(path);
                // .NET's word for a limit on the size of files.
                throw fault is ArgumentOutOfRangeException ? new IOException(TooLarge, fault) : fault;
            }
        }
        Posix.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    private static string? Below(Func<string, string?> variable, string name, string usual) =>
        variable(name) is { } given && Path.IsPathRooted(given) ? Path.Combine(given, "patrol")
        : variable("HOME") is { Length: > 0 } home ? Path.Combine(home, usual, "patrol") : null;
}
