using Patrol.Cli.Commands;
using Patrol.Cli.Sources;
using Patrol.Cli.Terminal;

namespace Patrol.Cli.Output;

/// <summary>Writes tokens as they come, in the format that was asked for; memory does not grow with their number.</summary>
internal static class TokenOutput
{
    public static async Task Write(
        Screen screen, OutputFormat format, DateCriterion criterion, DateOnly today, IAsyncEnumerable<FoundToken> tokens, CancellationToken cancellation)
    {
        if (format == OutputFormat.Table)
        {
            await TokenTable.Write(screen, tokens, today, cancellation);
            return;
        }
        ITokenWriter writer = format switch
        {
            OutputFormat.Json => new TokenJson(screen.Data, today),
            OutputFormat.Csv => new TokenCsv(screen.Data, today),
            _ => new TokenLines(screen.Data, criterion, today),
        };
        writer.Start();
        await foreach (var token in tokens.WithCancellation(cancellation))
            writer.Write(token);
        writer.End();
    }
}

/// <summary>Writes tokens one after another.</summary>
internal interface ITokenWriter
{
    void Start();

    void Write(FoundToken token);

    void End();
}
