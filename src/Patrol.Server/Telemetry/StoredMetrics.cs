using Dapper;
using Patrol.Server.Storage;
using Patrol.Server.Tokens;

namespace Patrol.Server.Telemetry;

/// <summary>What operators watch of the store: tokens by state, the coming days on which most of them end, jobs, outbox.</summary>
internal sealed class StoredMetrics(TokenIndex index, Database database, TimeProvider time)
{
    private const int Cliffs = 3;

    private static readonly (string Name, TokenFilter Filter)[] States =
    [
        ("active", new TokenFilter { State = TokenState.Active }),
        ("expired", new TokenFilter { State = TokenState.Expired }),
        ("revoked", new TokenFilter { Revoked = true }),
    ];

    /// <exception cref="DatabaseAwayException">The database is away.</exception>
    public async Task<List<MetricFamily>> Read() => [.. await Tokens(time.Now()), .. await Work()];

    private async Task<List<MetricFamily>> Tokens(DateTimeOffset now)
    {
        var states = new List<MetricSample>();
        foreach (var (name, filter) in States)
            states.Add(new MetricSample((await index.Page(filter, TokenOrder.Id, descending: false, 0, 1, long.MaxValue, now)).Total, ("state", name)));
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        var cliffs = (await index.ExpiryHistogram(new TokenFilter { State = TokenState.Active }, now)).Where(day => day.Key > today)
            .OrderByDescending(day => day.Value).ThenBy(day => day.Key).Take(Cliffs).OrderBy(day => day.Key).ToList();
        return
        [
            new("patrol_tokens", "Tokens, by state; a token that is expired and revoked counts as revoked.", states),
            new("patrol_token_cliff_days", "Days to the coming days on which most tokens end, the nearest first.",
                [.. cliffs.Select((day, i) => new MetricSample(day.Key.DayNumber - today.DayNumber, ("cliff", $"{i + 1}")))]),
            new("patrol_token_cliff_tokens", "How many tokens end on those days.", [.. cliffs.Select((day, i) => new MetricSample(day.Value, ("cliff", $"{i + 1}")))]),
        ];
    }

    private async Task<List<MetricFamily>> Work()
    {
        var (runs, waiting, oldest) = await database.Read(async connection => (
            await connection.QueryAsync<(string Job, string Outcome, long At)>(
                "SELECT job, outcome, max(finished_at) FROM runs WHERE finished_at IS NOT NULL AND outcome <> 'known' GROUP BY job, outcome ORDER BY job, outcome"),
            await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM outbox"),
            await connection.ExecuteScalarAsync<long?>("SELECT min(created_at) FROM outbox")));
        return
        [
            new("patrol_job_last_run_timestamp_seconds", "When a job last ended, by outcome.",
                [.. runs.Select(run => new MetricSample(run.At / 1000, ("job", run.Job), ("outcome", run.Outcome)))]),
            new("patrol_outbox_items", "Mails and webhooks that are to be sent.", [new(waiting)]),
            new("patrol_outbox_oldest_timestamp_seconds", "Since when the oldest of them waits; 0 if none does.", [new((oldest ?? 0) / 1000)]),
        ];
    }
}
