using Patrol.Cli.Failures;
using Patrol.Cli.Terminal;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sinks;

/// <summary>
/// Any other place: a command that stores the token it gets on standard input, perhaps one that prints what is stored, and perhaps
/// one that says beforehand whether storing would work. Storing the same token twice must be the same as once.
/// </summary>
internal sealed class CommandSink(string store, string? read, string? check, TimeSpan limit, Screen screen, KnownTokens known) : ISink
{
    public string Name => $"the command `{store}`";

    public bool IsReadable => read is not null;

    public async Task<Secret?> Check(CancellationToken cancellation)
    {
        // First, so that what is stored is known, should the other command print it.
        var held = await Read(cancellation);
        if (check is not null && await new ChildProcess(screen, known).Run(check, null, limit, cancellation) is { } trouble)
            throw new CliFailure(ExitCode.SomeRefused, $"The command `{check}` says that storing would not work: {trouble}.");
        return held;
    }

    public async Task<Secret?> Read(CancellationToken cancellation)
    {
        if (read is null)
            return null;
        var (output, trouble) = await new ChildProcess(screen, known).Read(read, null, limit, cancellation);
        if (trouble is not null)
            throw new CliFailure(ExitCode.SomeRefused, $"The command `{read}`, which is to print what is stored, failed: {trouble}.");
        if (TokenText.WhyNot(output.Trim()) is { } why)
            throw new CliFailure(ExitCode.SomeRefused, $"What the command `{read}` prints {why}.");
        var held = new Secret(output.Trim());
        known.Add(held);
        return held;
    }

    public async Task Store(Secret? expected, Secret next, CancellationToken cancellation)
    {
        _ = TokenText.RevealPlain(next);
        if (read is not null)
        {
            var held = await Read(cancellation);
            if (TokenText.Same(held, next))
                return;
            if (!TokenText.Same(held, expected))
                throw new CliFailure(ExitCode.SomeRefused, $"{Name}: what is stored was changed meanwhile by somebody else. It was left as it is.");
        }
        known.Add(next, expected);
        if (await new ChildProcess(screen, known).Run(store, next, limit, cancellation) is { } trouble)
            throw new CliFailure(ExitCode.SomeRefused, $"{Name} failed: {trouble}.");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
