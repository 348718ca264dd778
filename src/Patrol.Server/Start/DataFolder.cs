using System.Security.Cryptography;
using System.Text;
using Patrol.Server.Access;

namespace Patrol.Server.Start;

/// <summary>
/// The server's own folder: readable by its user alone, used by one server at a time, with the secret that keys the digests.
/// </summary>
public sealed class DataFolder : IDisposable
{
    private const int SecretBytes = 32;
    private readonly FileStream? held;

    private DataFolder(string path, FileStream? held) => (Root, this.held) = (path, held);

    public string Root { get; }

    public string DatabaseFile => Path.Combine(Root, "patrol.db");

    public string MailFolder => Path.Combine(Root, "mail");

    public string LogFolder => Path.Combine(Root, "log");

    /// <summary>Opens the folder, making it if needed, and holds it until disposed of.</summary>
    /// <exception cref="StartException">It cannot be made or written, or another server uses it.</exception>
    public static DataFolder Open(string path)
    {
        try
        {
            MakePrivate(path);
            MakePrivate(Path.Combine(path, "log"));
            MakePrivate(Path.Combine(path, "mail"));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"--data: cannot use the folder {path}: {fault.Message}");
        }
        try
        {
            return new DataFolder(path, new FileStream(Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"--data: another patrol-server uses the folder {path}, or it cannot be written.");
        }
    }

    /// <summary>The folder of a server that may be running, to look at only.</summary>
    /// <exception cref="StartException">It is not there.</exception>
    public static DataFolder Look(string path) =>
        System.IO.Directory.Exists(path) ? new DataFolder(path, null) : throw new StartException($"--data: there is no folder {path}.");

    /// <summary>Reads the secret, which may lie elsewhere, making the file at the first start.</summary>
    /// <exception cref="StartException">The file cannot be read or does not hold a secret.</exception>
    public ServerSecret ReadSecret(string file)
    {
        try
        {
            if (!File.Exists(file) && held is not null)
                WritePrivate(file, Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes)) + "\n");
            var secret = Convert.FromBase64String(File.ReadAllText(file).Trim());
            return secret.Length >= SecretBytes ? new ServerSecret(secret) : throw new FormatException();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"--secret-file: cannot read or make {file}: {fault.Message}");
        }
        catch (FormatException)
        {
            throw new StartException($"--secret-file: {file} does not hold {SecretBytes} bytes or more in base64.");
        }
    }

    /// <summary>Writes a new file that only the server's user can read. It is complete or not there.</summary>
    public static void WritePrivate(string file, string text)
    {
        var beside = $"{file}.{Environment.ProcessId}.new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            using (var stream = new FileStream(beside, options))
            {
                stream.Write(Encoding.UTF8.GetBytes(text));
                stream.Flush(flushToDisk: true);
            }
            File.Move(beside, file, overwrite: true);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
    }

    public void Dispose() => held?.Dispose();

    private static void MakePrivate(string folder)
    {
        if (OperatingSystem.IsWindows())
            System.IO.Directory.CreateDirectory(folder);
        else
        {
            const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            System.IO.Directory.CreateDirectory(folder, mode);
            File.SetUnixFileMode(folder, mode);
        }
    }
}
