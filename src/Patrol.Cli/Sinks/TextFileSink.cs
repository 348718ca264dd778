using Patrol.Cli.Failures;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sinks;

/// <summary>A token in a file: a key of <c>.env</c>, a path of YAML, or the whole file. Every byte outside the value stays.</summary>
internal sealed class TextFileSink(string path, ITextEditor editor) : ISink
{
    // Somebody's mistake rather than a file that holds a token.
    private const long MostBytes = 16 << 20;

    public string Name => editor is WholeFile ? path : $"{editor.What} in {path}";

    public Task<Secret?> Check(CancellationToken cancellation)
    {
        var held = Held();
        AtomicFile.Probe(path);
        return Task.FromResult<Secret?>(held);
    }

    public Task<Secret?> Read(CancellationToken cancellation) => Task.FromResult<Secret?>(Held());

    public Task Store(Secret? expected, Secret next, CancellationToken cancellation)
    {
        var token = TokenText.RevealPlain(next);
        if (editor.WhyNot(token) is { } why)
            throw new CliFailure(ExitCode.SomeRefused, $"{Name}: {why}.");
        var file = Bytes();
        var spot = editor.Find(file, path);
        var held = new Secret(spot.In(file));
        if (TokenText.Same(held, next))
            return Task.CompletedTask;
        if (!TokenText.Same(held, expected))
            throw new CliFailure(ExitCode.SomeRefused, $"{path}, line {spot.Line}: {editor.What} was changed meanwhile by somebody else. It was left as it is.");
        var changed = spot.Replace(file, token);
        if (editor.Find(changed, path).In(changed) != token)
            throw new CliFailure(ExitCode.SomeRefused, $"{path}, line {spot.Line}: {editor.What} would not be read back as it was written. It was left as it is.");
        AtomicFile.Replace(path, file, changed);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Secret Held()
    {
        var file = Bytes();
        return new Secret(editor.Find(file, path).In(file));
    }

    private byte[] Bytes() => Bytes(path);

    /// <summary>The bytes of a file that somebody named.</summary>
    /// <exception cref="CliFailure">It is not there, or no file that holds a token.</exception>
    public static byte[] Bytes(string path)
    {
        try
        {
            var target = new FileInfo(AtomicFile.Target(path));
            return Posix.WhyNoFile(target.FullName) is { } why ? throw CliFailure.Usage($"{path} {why}: name the file that holds the token.")
                : target.Exists && target.Length > MostBytes ? throw new CliFailure(ExitCode.SomeRefused, $"{path} has {target.Length} bytes: too many for a file that holds a token.")
                : File.ReadAllBytes(target.FullName);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw CliFailure.Usage($"{path} does not exist.");
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new CliFailure(ExitCode.NotAllowed, $"{path} may not be read by this user.", fault);
        }
    }
}
