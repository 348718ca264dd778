using Patrol.Server.Settings;
using Patrol.Server.Storage;
using Patrol.Server.Tokens;

namespace Patrol.Server.Jobs;

/// <summary>
/// Looks every minute whether a newly set maximum lifetime is due to be applied to older tokens.
/// </summary>
internal sealed partial class MaximumLifetimeJob(
    SettingsStore settings, EndOverlongTokens end, TimeProvider time, ILogger<MaximumLifetimeJob> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(stoppingToken);
                if (settings.Current.MaxLifetimeSetAt is not null && await end.Handle(time.Now()) is { } ended)
                    Applied(ended);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (DatabaseAwayException fault)
            {
                Later(fault.InnerException?.Message);
            }
            catch (Exception fault)
            {
                // Tried again with the next tick; the server is not to end for it.
                Failed(fault);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The maximum lifetime ended {Ended} older tokens")]
    private partial void Applied(long ended);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The maximum lifetime will be applied to older tokens later: {Reason}")]
    private partial void Later(string? reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The maximum lifetime cannot be applied to older tokens")]
    private partial void Failed(Exception fault);
}
