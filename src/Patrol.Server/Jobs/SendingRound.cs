using Patrol.Server.Notices;
using Patrol.Server.Storage;
using Patrol.Server.Webhooks;

namespace Patrol.Server.Jobs;

/// <summary>Empties the outbox: mails and calls of webhooks, side by side, so that neither waits for the other's far end.</summary>
internal sealed partial class SendingRound(SendLetters letters, CallWebhooks hooks, TimeProvider time, ILogger<SendingRound> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Keep(letters.Handle, stoppingToken), Keep(hooks.Handle, stoppingToken));

    private async Task Keep(Func<CancellationToken, Task<int>> send, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                while (await send(stopping) > 0 && !stopping.IsCancellationRequested)
                {
                }
                await Task.Delay(Interval, time, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                // What was taken is taken again when its lease is over; the server is not to end for it.
                if (fault is DatabaseAwayException)
                    Later(fault.InnerException?.Message);
                else
                    Stuck(fault);
                await Task.Delay(Interval, time, CancellationToken.None).WaitAsync(stopping).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The outbox waits for the database: {Reason}")]
    private partial void Later(string? reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The outbox cannot be emptied")]
    private partial void Stuck(Exception fault);
}
