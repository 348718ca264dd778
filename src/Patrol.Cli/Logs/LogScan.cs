namespace Patrol.Cli.Logs;

/// <summary>Reads logs with all processors and gathers the tokens that failed.</summary>
internal sealed class LogScan(LogInput input)
{
    // Reading the input, and counting what failed, are done by one thread at a time: more would wait for each other.
    private const int MostThreads = 4;

    private long lines;
    private long badLines;
    private long unnamed;

    public FailingTokens Tokens { get; } = new();

    /// <summary>Lines read, empty ones aside.</summary>
    public long Lines => lines + input.LongLines;

    /// <summary>Lines that are no JSON objects, or too long.</summary>
    public long BadLines => badLines + input.LongLines;

    /// <summary>Lines with status 401 that name no token.</summary>
    public long Unnamed => unnamed;

    public Task Run(CancellationToken cancellation)
    {
        var threads = Math.Min(Environment.ProcessorCount, MostThreads);
        var work = Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(
            () => Work(cancellation), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        // A thread that waits for standard input hears of no cancellation.
        return Task.WhenAll(work).WaitAsync(cancellation);
    }

    private void Work(CancellationToken cancellation)
    {
        var block = new LogBlock();
        var request = new FailedRequest();
        var counts = new long[Enum.GetValues<LineKind>().Length];
        while (input.Fill(block))
        {
            cancellation.ThrowIfCancellationRequested();
            var text = block.Text;
            while (!text.IsEmpty)
            {
                var end = text.IndexOf((byte)'\n');
                var kind = request.Read(end < 0 ? text : text[..end]);
                counts[(int)kind]++;
                if (kind == LineKind.Failed)
                    Tokens.Add(request);
                text = end < 0 ? default : text[(end + 1)..];
            }
        }
        Interlocked.Add(ref lines, counts.Sum() - counts[(int)LineKind.Empty]);
        Interlocked.Add(ref badLines, counts[(int)LineKind.Bad]);
        Interlocked.Add(ref unnamed, counts[(int)LineKind.Unnamed]);
    }
}
