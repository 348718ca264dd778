using System.Net.ServerSentEvents;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Patrol.AspNetCore.Introspection;

/// <summary>
/// Hears from the authority which tokens and users changed, and forgets what was remembered of them. The authority says every two
/// seconds that it is alive and hears of all changes itself; when it has not for five, answers are good for the configured seconds alone.
/// </summary>
internal sealed partial class AuthorityEvents(string scheme, Authority authority, RememberedTokens remembered, TimeProvider time, ILogger logger) : BackgroundService
{
    private static readonly TimeSpan Alive = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private long aliveUntil;

    /// <summary>Whatever changes, this service hears of it.</summary>
    public bool AreHeard => time.GetTimestamp() < Volatile.Read(ref aliveUntil);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = Pause;
        var told = "";
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                using var stream = await authority.Listen(stoppingToken);
                await Follow(stream, () => (pause, told) = (Pause, ""), stoppingToken);
                throw new AuthorityAwayException("the stream of events ended");
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                // Whatever it was: a service that no longer hears must know it, and must go on trying.
                Volatile.Write(ref aliveUntil, 0);
                if (told != fault.Message)
                    NotHeard(scheme, told = fault.Message);
            }
            await Task.Delay(pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private async Task Follow(Stream stream, Action heard, CancellationToken stopping)
    {
        await using var events = SseParser.Create(stream).EnumerateAsync(stopping).GetAsyncEnumerator(stopping);
        // A line that was cut without a word is given up.
        while (await events.MoveNextAsync().AsTask().WaitAsync(Alive * 2, stopping))
        {
            switch (events.Current.EventType)
            {
                case "ready":
                    // Whatever happened while nobody listened.
                    remembered.ForgetAll();
                    heard();
                    break;
                case "alive":
                    Volatile.Write(ref aliveUntil, time.GetTimestamp() + (long)(Alive.TotalSeconds * time.TimestampFrequency));
                    break;
                case "changed":
                    Forget(events.Current.Data);
                    break;
            }
        }
    }

    private void Forget(string data)
    {
        var change = JsonSerializer.Deserialize(data, AnswerJson.Default.ChangeEvent);
        if (change is null or { Everything: true })
            remembered.ForgetAll();
        else
            remembered.Forget(change.Tokens, change.Users);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Scheme}: not hearing of revocations; until it does, answers are used for the configured seconds: {Reason}")]
    private partial void NotHeard(string scheme, string reason);
}
