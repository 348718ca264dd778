using Patrol.Core.Tokens;
using Patrol.Server.Access;

namespace Patrol.Server.Telemetry;

/// <summary>
/// Counts what operators watch. No label ever holds a token or a user.
/// </summary>
public sealed class Metrics
{
    private static readonly TokenVerdict[] Verdicts = Enum.GetValues<TokenVerdict>();
    private readonly long[] verifications = new long[Verdicts.Length];
    private long bans;
    private long lookUps;
    private long hits;

    internal DoorMetrics Doors { get; } = new();

    public void Verified(TokenVerdict verdict) => Interlocked.Increment(ref verifications[(int)verdict]);

    /// <summary>A door answered.</summary>
    public void Answered(DoorKind door, int status, TimeSpan took) => Doors.Answered(door, status, took);

    public void Banned() => Interlocked.Increment(ref bans);

    /// <summary>A token was verified from memory.</summary>
    public void Hit() => Interlocked.Increment(ref hits);

    /// <summary>A token was read from the database because it was not remembered.</summary>
    public void LookedUp() => Interlocked.Increment(ref lookUps);

    /// <summary>How many tokens were read from the database so far.</summary>
    public long LookUps => Volatile.Read(ref lookUps);

    internal IEnumerable<MetricFamily> Read(TokenCache cache) =>
    [
        new("patrol_token_verifications_total", "Presented tokens, by verdict.",
            [.. Verdicts.Select(verdict => new MetricSample(Volatile.Read(ref verifications[(int)verdict]), ("verdict", verdict.ToString().ToLowerInvariant())))]),
        new("patrol_token_lookups_total", "Tokens read from the database because they were not remembered.", [new(LookUps)]),
        new("patrol_token_cache_hits_total", "Tokens verified from memory.", [new(Volatile.Read(ref hits))]),
        new("patrol_address_bans_total", "Addresses shut out for too many unknown tokens.", [new(Volatile.Read(ref bans))]),
        new("patrol_tokens_cached", "Tokens remembered by the verification cache.", [new(cache.Count)]),
        Doors.Answers(),
    ];
}
