using System.Diagnostics;
using Npgsql;

namespace Patrol.Server.Storage;

/// <summary>
/// Hears what other servers changed. The connection is asked every half second whether it is still there; an answer makes the
/// feed trusted for a second and a half from the question on, so that even a silently cut line lets nothing outdated through
/// for longer than that. While the feed is not trusted, tokens are read from the database itself.
/// </summary>
internal sealed partial class PostgresListener(PostgresDatabase database, ChangeFeed feed, ILogger<PostgresListener> logger)
    : BackgroundService
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Trusted = TimeSpan.FromMilliseconds(1500);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        feed.Distrust();
        return base.StartAsync(cancellationToken);
    }

    // On a thread of its own: on a busy server the shared ones answer late, and a late proof is no proof.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.Factory.StartNew(() => Run(stoppingToken), stoppingToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Run(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                Listen(stopping);
            }
            catch (Exception fault)
            {
                // Whatever it was: a server that has stopped listening must know it, and must go on trying.
                feed.Distrust();
                FeedCut(fault.Message);
                stopping.WaitHandle.WaitOne(Beat);
            }
        }
    }

    private void Listen(CancellationToken stopping)
    {
        // A connection of its own, outside the pool: a notification must not wait for a free one.
        var settings = new NpgsqlConnectionStringBuilder(database.ConnectionString)
        {
            Pooling = false,
            Timeout = 2,
            CommandTimeout = 1,
            CancellationTimeout = -1,
            ApplicationName = "patrol-listener",
        };
        using var connection = new NpgsqlConnection(settings.ConnectionString);
        var incoming = new Queue<Changes>();
        connection.Notification += (_, notice) =>
        {
            var (node, changes) = ChangeText.Read(notice.Payload);
            if (node != database.Node)
                incoming.Enqueue(changes);
        };
        connection.Open();
        using (var listen = new NpgsqlCommand($"LISTEN {PostgresDatabase.Channel}", connection))
            listen.ExecuteNonQuery();

        // Whatever happened while nobody listened.
        feed.TellEverything().GetAwaiter().GetResult();
        using var ask = new NpgsqlCommand("SELECT 1", connection);
        while (!stopping.IsCancellationRequested)
        {
            var asked = Stopwatch.GetTimestamp();
            ask.ExecuteScalar();
            Drain(incoming);
            feed.CatchUp().GetAwaiter().GetResult();
            feed.Trust(asked, Trusted);
            while (Stopwatch.GetElapsedTime(asked) < Beat && !stopping.IsCancellationRequested)
            {
                connection.Wait(Beat);
                Drain(incoming);
            }
        }
    }

    private void Drain(Queue<Changes> incoming)
    {
        while (incoming.TryDequeue(out var changes))
            Tell(changes);
    }

    private void Tell(Changes changes) => feed.Apply(changes).GetAwaiter().GetResult();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not hearing other servers' changes; tokens are read from the database until it is back: {Reason}")]
    private partial void FeedCut(string reason);
}
