using Patrol.Cli.Failures;
using Patrol.Cli.Terminal;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sinks;

/// <summary>
/// Any other place: a command that stores the token it gets on standard input, perhaps one that prints what is stored, and perhaps
/// one that says beforehand whether storing would work. Storing the same token twice must be the same as once.
/// </summary>
internal sealed class CommandSink(string store, string? read, string? check, TimeSpan limit, Screen screen) : ISink
{
    public string Name => $"the command `{store}`";

    public bool IsReadable => read is not null;

    public async Task<Secret?> Check(CancellationToken cancellation)
    {
        if (check is not null && await new ChildProcess(screen, []).Run(check, null, limit, cancellation) is { } trouble)
            throw new CliFailure(ExitCode.SomeRefused, $"The command `{check}` says that storing would not work: {trouble}.");
        return await Read(cancellation);
    }

    public async Task<Secret?> Read(CancellationToken cancellation)
    {
        if (read is null)
            return null;
        var (output, trouble) = await new ChildProcess(screen, []).Read(read, null, limit, cancellation);
        if (trouble is not null)
            throw new CliFailure(ExitCode.SomeRefused, $"The command `{read}`, which is to print what is stored, failed: {trouble}.");
        return TokenText.WhyNot(output.Trim()) is { } why
            ? throw new CliFailure(ExitCode.SomeRefused, $"What the command `{read}` prints {why}.")
            : new Secret(output.Trim());
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
        List<Secret> secrets = [next];
        if (expected is not null)
            secrets.Add(expected);
        if (await new ChildProcess(screen, secrets).Run(store, next, limit, cancellation) is { } trouble)
            throw new CliFailure(ExitCode.SomeRefused, $"{Name} failed: {trouble}.");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
