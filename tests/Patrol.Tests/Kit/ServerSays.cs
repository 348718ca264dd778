using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Patrol.Tests.Kit;

/// <summary>Keeps what the server says of itself, as its console would show it: after the same filters.</summary>
internal sealed class ServerSays : ILoggerProvider
{
    private readonly ConcurrentQueue<(string Category, string Line)> lines = new();

    /// <summary>What was said under categories whose name holds one of these, with the stack of a fault that was logged.</summary>
    public IReadOnlyList<string> Of(params string[] categories) =>
        [.. lines.Where(line => categories.Any(category => line.Category.Contains(category, StringComparison.Ordinal))).Select(line => line.Line)];

    public ILogger CreateLogger(string categoryName) => new Listener(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Listener(ServerSays says, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                says.lines.Enqueue((category, $"{logLevel}: {formatter(state, exception)}{(exception is null ? "" : $"\n{exception}")}"));
        }
    }
}
