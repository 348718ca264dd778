using System.Globalization;
using Patrol.Cli.Failures;
using Patrol.Cli.Terminal;

namespace Patrol.Cli.Renewal;

/// <summary>
/// Keeps two runs on this machine from working on the same thing. The system itself ends a lock with the process that holds it, so
/// one that a killed run left behind is recognised: its number is still there, and nobody holds the lock.
/// </summary>
internal sealed class RunLock : IDisposable
{
    private readonly FileStream file;
    private readonly string number;

    private RunLock(FileStream file, string number) => (this.file, this.number) = (file, number);

    /// <summary>Takes a lock.</summary>
    /// <param name="folder">Where locks are.</param>
    /// <param name="resource">What is locked.</param>
    /// <param name="screen">Told of a stale lock.</param>
    /// <exception cref="CliFailure">Another run holds it; the message has its process id.</exception>
    public static RunLock Take(string folder, string resource, Screen screen)
    {
        Folders.Create(folder);
        var path = Path.Combine(folder, $"{Folders.NameFor(resource)}.lock");
        var number = $"{path}.pid";
        FileStream file;
        try
        {
            file = new FileStream(path, Folders.Private(FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new CliFailure(
                ExitCode.SomeRefused, $"Another renewal works on {resource}: process {Holder(number) ?? "unknown"}. Wait until it ends, or end it; then run the same again.");
        }
        if (Holder(number) is { } stale)
            screen.Say($"A lock on {resource} was left behind by process {stale}, which is gone; it is taken over.");
        File.Delete(number);
        using (var pid = new FileStream(number, Folders.Private(FileMode.Create, FileAccess.Write)))
            pid.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
        return new RunLock(file, number);
    }

    public void Dispose()
    {
        File.Delete(number);
        file.Dispose();
    }

    private static string? Holder(string number) => File.Exists(number) && File.ReadAllText(number).Trim() is { Length: > 0 } pid ? pid : null;
}
