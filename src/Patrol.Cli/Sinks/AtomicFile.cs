using Patrol.Cli.Failures;

namespace Patrol.Cli.Sinks;

/// <summary>Replaces files so that after a crash there is the old one or the new one, whole, with the same mode, owner and attributes.</summary>
internal static class AtomicFile
{
    private const string Suffix = ".patrol-new";

    /// <summary>Where a path leads when all links are followed.</summary>
    public static string Target(string path) =>
        new FileInfo(Path.GetFullPath(path)) is { LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName : Path.GetFullPath(path);

    /// <summary>Makes sure that <see cref="Replace"/> would work, by everything but the renaming.</summary>
    /// <exception cref="CliFailure">It would not.</exception>
    public static void Probe(string path)
    {
        var target = Target(path);
        if (Posix.Owner(target) is { Links: > 1 })
            throw new CliFailure(ExitCode.SomeRefused, $"{path} has several names (hard links), which would come apart. Leave one name, or use symbolic links.");
        var beside = Beside(target);
        try
        {
            Write(beside, target, []);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure(ExitCode.NotAllowed, $"{path} cannot be replaced by this user: {fault.Message} Run as its owner or as root.", fault);
        }
        finally
        {
            File.Delete(beside);
        }
    }

    /// <summary>Replaces a file, unless it has changed since it was read.</summary>
    /// <param name="path">The file, or a link to it, which stays a link.</param>
    /// <param name="read">What it held when it was read.</param>
    /// <param name="next">What it is to hold.</param>
    /// <exception cref="CliFailure">It has changed, or cannot be replaced. It is as it was.</exception>
    public static void Replace(string path, byte[] read, byte[] next)
    {
        var target = Target(path);
        var beside = Beside(target);
        try
        {
            Write(beside, target, next);
            if (!File.ReadAllBytes(target).AsSpan().SequenceEqual(read))
                throw new CliFailure(ExitCode.SomeRefused, $"{path} was changed meanwhile by somebody else. It was left as it is.");
            File.Move(beside, target, overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure(ExitCode.SomeRefused, $"{path} cannot be replaced: {fault.Message} It is as it was.", fault);
        }
        finally
        {
            File.Delete(beside);
        }
        Posix.Flush(Path.GetDirectoryName(target)!);
    }

    // One name for all runs, so that what a killed one left behind is written over by the next and does not pile up.
    private static string Beside(string target) => Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}{Suffix}");

    private static void Write(string beside, string target, byte[] content)
    {
        File.Delete(beside);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(beside, options);
        file.Write(content);
        if (Posix.Owner(target) is { } owner)
            Posix.Give(beside, owner.User, owner.Group);
        // Before the mode: without its access control list, the mask in the mode would be rights of the group.
        Adorn(beside, target);
        // After the owner: giving a file away takes set-id bits from its mode.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(beside, File.GetUnixFileMode(target));
        file.Flush(flushToDisk: true);
    }

    private static void Adorn(string beside, string target)
    {
        var (there, wanted) = (Posix.Attributes(beside), Posix.Attributes(target));
        foreach (var (name, value) in wanted)
        {
            if (!there.TryGetValue(name, out var has) || !has.AsSpan().SequenceEqual(value))
                Posix.SetAttribute(beside, name, value);
        }
        // New files inherit one from their folder.
        if (there.ContainsKey(Posix.AccessList) && !wanted.ContainsKey(Posix.AccessList))
            Posix.SetAttribute(beside, Posix.AccessList, null);
    }
}
