using Dapper;
using Patrol.Server.Storage;

namespace Patrol.Server.Runs;

/// <summary>A job with when it is due next and its latest runs, newest first.</summary>
public sealed record JobStatus(Job Job, DateTimeOffset? NextDueAt, IReadOnlyList<Run> Runs);

/// <summary>Tells what the server does by itself, and how it went.</summary>
internal sealed class ListJobs(Database database, IEnumerable<Job> jobs)
{
    private const int ShownRuns = 20;

    public Task<List<JobStatus>> Handle(DateTimeOffset now) => database.Read(async connection =>
    {
        var all = new List<JobStatus>();
        foreach (var job in jobs.OrderBy(job => job.Name, StringComparer.Ordinal))
        {
            var runs = await connection.QueryAsync<Run>(
                $"SELECT {Run.Columns} FROM runs WHERE job = @Name AND (outcome IS NULL OR outcome <> 'known') ORDER BY due_at DESC LIMIT {ShownRuns}", new { job.Name });
            all.Add(new JobStatus(job, job.Schedule().Next(now), runs.AsList()));
        }
        return all;
    });
}
