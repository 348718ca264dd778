using Dapper;
using Patrol.Server.Storage;

namespace Patrol.Server.Runs;

/// <summary>
/// Owns the record of runs, and sees to it that a job is run once for each instant at which it is due, whichever of the servers on
/// one database looks first. Of several instants that passed unseen, such as while no server ran, the last one counts for all.
/// A run whose server has gone is taken over when its lease has run out.
/// </summary>
internal sealed class ClaimRun(Database database)
{
    private const int MostAttempts = 5;
    private const string Completed = "SELECT max(started_at) FROM runs WHERE job = @Name AND outcome IN ('done', 'known')";

    // Hourly jobs leave some two thousand rows.
    private static readonly TimeSpan Kept = TimeSpan.FromDays(90);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);

    /// <summary>How long a run belongs to its server without a sign of life.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    /// <summary>This server.</summary>
    public string Node { get; } = $"{Environment.MachineName}:{Environment.ProcessId}:{Guid.NewGuid().ToString("N")[..8]}";

    /// <summary>Takes a run that is due; null if there is none for this server.</summary>
    /// <returns>The run, and the instant of the last one that was completed.</returns>
    public async Task<(Run Run, DateTimeOffset Since)?> Handle(Job job, DateTimeOffset now)
    {
        var at = now.ToUnixTimeMilliseconds();
        var (last, lease) = await database.Read(connection => connection.QueryFirstAsync<(long? Last, long? Lease)>(
            "SELECT max(due_at), min(CASE WHEN outcome IS NULL THEN lease_until END) FROM runs WHERE job = @Name", new { job.Name }));
        var due = last is { } before ? job.Schedule().Latest(DateTimeOffset.FromUnixTimeMilliseconds(before), now) : null;
        if (last is not null && due is null && !(lease <= at))
            return null;
        return await database.Write(async scope =>
        {
            if (last is null)
            {
                await Insert(scope, job, at, at, Run.Known);
                return default((Run, DateTimeOffset)?);
            }
            var run = await TakeOver(scope, job, at) ?? (due is { } instant ? await Insert(scope, job, instant.ToUnixTimeMilliseconds(), at, outcome: null) : null);
            if (run is null)
                return null;
            var since = await scope.Scalar<long>(Completed, new { job.Name });
            return (run, DateTimeOffset.FromUnixTimeMilliseconds(since));
        });
    }

    /// <summary>The instant up to which a job is done: the start of the last run that was completed; 1970 if it is not known yet.</summary>
    public async Task<DateTimeOffset> DoneUpTo(string job) =>
        DateTimeOffset.FromUnixTimeMilliseconds(await database.Read(connection => connection.ExecuteScalarAsync<long?>(Completed, new { Name = job })) ?? 0);

    /// <summary>Says that the run is still being worked at; false if another server has taken it over.</summary>
    public Task<bool> Renew(Run run, DateTimeOffset now) => Set(run, "lease_until = @lease", new { lease = (now + Lease).ToUnixTimeMilliseconds() });

    /// <summary>Lets another server have the run at once.</summary>
    public Task<bool> Release(Run run, DateTimeOffset now) =>
        Set(run, "lease_until = @at, attempts = attempts - 1", new { at = now.ToUnixTimeMilliseconds() });

    /// <summary>Records what was done.</summary>
    public Task<bool> Finish(Run run, string detail, DateTimeOffset now) =>
        Set(run, "outcome = 'done', finished_at = @at, detail = @detail", new { at = now.ToUnixTimeMilliseconds(), detail }, now);

    /// <summary>Records why it failed; some time later it is tried again, each time with a longer pause.</summary>
    public Task<bool> Fail(Run run, string reason, DateTimeOffset now) => run.Attempts < MostAttempts
        ? Set(run, "lease_until = @next, detail = @reason", new { next = (now + FirstPause * Math.Pow(2, run.Attempts - 1)).ToUnixTimeMilliseconds(), reason })
        : Set(run, "outcome = 'failed', finished_at = @at, detail = @reason", new { at = now.ToUnixTimeMilliseconds(), reason }, now);

    private async Task<Run?> TakeOver(WriteScope scope, Job job, long at) => await scope.First<Run>(
        $"""
        UPDATE runs SET node = @Node, attempts = attempts + 1, lease_until = @lease, started_at = @at
        WHERE id = (SELECT min(id) FROM runs WHERE job = @Name AND outcome IS NULL AND lease_until <= @at) AND outcome IS NULL AND lease_until <= @at
        RETURNING {Run.Columns}
        """,
        new { Node, job.Name, at, lease = at + (long)Lease.TotalMilliseconds });

    private Task<Run?> Insert(WriteScope scope, Job job, long due, long at, string? outcome) => scope.First<Run>(
        $"""
        INSERT INTO runs (job, due_at, node, attempts, lease_until, started_at, outcome) VALUES (@Name, @due, @Node, 1, @lease, @at, @outcome)
        ON CONFLICT (job, due_at) DO NOTHING RETURNING {Run.Columns}
        """,
        new { job.Name, due, Node, lease = at + (long)Lease.TotalMilliseconds, at, outcome });

    private Task<bool> Set(Run run, string changes, object values, DateTimeOffset? end = null) => database.Write(async scope =>
    {
        var parameters = new DynamicParameters(values);
        parameters.AddDynamicParams(new { run.Id, run.Node, run.Attempts, run.Job });
        // The last completed run stays, whatever its age.
        if (end is { } now)
        {
            parameters.Add("old", (now - Kept).ToUnixTimeMilliseconds());
            await scope.Execute(
                "DELETE FROM runs WHERE job = @Job AND due_at < @old AND outcome IS NOT NULL AND due_at < (SELECT max(due_at) FROM runs WHERE job = @Job AND outcome IN ('done', 'known'))",
                parameters);
        }
        return await scope.Execute($"UPDATE runs SET {changes} WHERE id = @Id AND node = @Node AND attempts = @Attempts AND outcome IS NULL", parameters) == 1;
    });
}
