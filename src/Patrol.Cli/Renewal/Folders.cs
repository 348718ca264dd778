using System.Security.Cryptography;
using System.Text;
using Patrol.Cli.Failures;
using Patrol.Cli.Sinks;

namespace Patrol.Cli.Renewal;

/// <summary>Where renewal keeps its own files, and making them for this user alone.</summary>
internal static class Folders
{
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
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        Posix.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    private static string? Below(Func<string, string?> variable, string name, string usual) =>
        variable(name) is { } given && Path.IsPathRooted(given) ? Path.Combine(given, "patrol")
        : variable("HOME") is { Length: > 0 } home ? Path.Combine(home, usual, "patrol") : null;
}
