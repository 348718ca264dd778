using System.Collections.Concurrent;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using Patrol.Server.Storage;

namespace Patrol.Server.Wire.Doors;

/// <summary>
/// <c>GET /oauth/introspect/events</c>: tells services that remember answers, as server-sent events, which tokens and users changed.
/// <c>ready</c> comes first and <c>alive</c> every few seconds, as long as this server hears of all changes itself: a service that
/// misses it must not use what it remembers. <c>changed</c> names ids (<c>jti</c> and <c>sub</c> of introspection), or everything.
/// </summary>
internal sealed class RevocationFeed(ClientGate gate, ChangeFeed feed, IHostApplicationLifetime lifetime) : IChangeListener
{
    private const string Route = "/oauth/introspect/events";
    private const int MostListeners = 1_000;
    private const int MostWaiting = 1_000;
    private const int MostIds = 1_000;
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(2);
    private static readonly RevocationEvent Everything = new([], [], true);

    private readonly ConcurrentDictionary<Channel<RevocationEvent>, bool> listeners = new();

    public void Map(IEndpointRouteBuilder endpoints) => endpoints.MapMethods(Route, [HttpMethods.Get], (Delegate)Handle).ExcludeFromDescription();

    public Task Apply(Changes changes)
    {
        if (listeners.IsEmpty || (changes.Tokens.Count == 0 && changes.Users.Count == 0 && !changes.Settings && !changes.Everything))
            return Task.CompletedTask;
        var change = changes.Settings || changes.Everything || changes.Tokens.Count + changes.Users.Count > MostIds ? Everything
            : new RevocationEvent([.. changes.Tokens], [.. changes.Users], false);
        foreach (var (listener, _) in listeners)
        {
            // Who does not keep up is cut off, and forgets everything.
            if (!listener.Writer.TryWrite(change))
                listener.Writer.TryComplete();
        }
        return Task.CompletedTask;
    }

    private async Task<IResult> Handle(HttpContext http)
    {
        if (await gate.Find(http.Request, null) is null)
        {
            http.Response.Headers.WWWAuthenticate = ClientGate.Challenge;
            return TypedResults.Json(new IntrospectionError("invalid_client", ClientGate.Advice), IntrospectionJson.Default.IntrospectionError, statusCode: StatusCodes.Status401Unauthorized);
        }
        if (listeners.Count >= MostListeners)
            return TypedResults.StatusCode(StatusCodes.Status503ServiceUnavailable);
        return TypedResults.ServerSentEvents(Listen(http.RequestAborted));
    }

    private async IAsyncEnumerable<SseItem<string>> Listen([EnumeratorCancellation] CancellationToken gone)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(gone, lifetime.ApplicationStopping);
        var channel = Channel.CreateBounded<RevocationEvent>(MostWaiting);
        listeners.TryAdd(channel, true);
        try
        {
            yield return new SseItem<string>("{}", "ready");
            var waiting = channel.Reader.WaitToReadAsync(ending.Token).AsTask();
            var beat = Task.Delay(Beat, ending.Token);
            while (true)
            {
                await Task.WhenAny(waiting, beat);
                if (ending.IsCancellationRequested)
                    yield break;
                var due = beat.IsCompleted;
                if (waiting.IsCompleted)
                {
                    if (!await waiting)
                        yield break;
                    // As many as wait now: where something changes all the time there is always another one, and whoever hears that this
                    // server is alive must have heard all that was before.
                    for (var left = channel.Reader.Count; left > 0 && channel.Reader.TryRead(out var change); left--)
                        yield return new SseItem<string>(JsonSerializer.Serialize(change, RevocationJson.Default.RevocationEvent), "changed");
                    waiting = channel.Reader.WaitToReadAsync(ending.Token).AsTask();
                }
                if (due)
                {
                    if (feed.IsTrusted)
                        yield return new SseItem<string>("{}", "alive");
                    beat = Task.Delay(Beat, ending.Token);
                }
            }
        }
        finally
        {
            listeners.TryRemove(channel, out _);
        }
    }
}

/// <summary>What changed.</summary>
internal sealed record RevocationEvent(long[] Tokens, long[] Users, bool Everything);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RevocationEvent))]
internal sealed partial class RevocationJson : JsonSerializerContext;
