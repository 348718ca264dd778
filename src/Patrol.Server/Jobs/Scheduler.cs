using Patrol.Server.Runs;
using Patrol.Server.Storage;

namespace Patrol.Server.Jobs;

/// <summary>
/// Runs each job when it is due, if no other server on the same database does, and now and then looks for runs whose server has
/// gone. Jobs do not wait for each other.
/// </summary>
internal sealed partial class Scheduler(IEnumerable<Job> jobs, ClaimRun claims, TimeProvider time, ILogger<Scheduler> logger) : BackgroundService
{
    private static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RenewEvery = ClaimRun.Lease / 4;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(jobs.Select(job => Keep(job, stoppingToken)));

    /// <summary>Does what is due of a job; true if there was something.</summary>
    internal async Task<bool> Tick(Job job, CancellationToken stopping)
    {
        if (await claims.Handle(job, time.Now()) is not { } claimed)
            return false;
        await Run(job, claimed.Run, claimed.Since, stopping);
        return true;
    }

    private async Task Keep(Job job, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                while (await Tick(job, stopping))
                {
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (DatabaseAwayException fault)
            {
                Later(job.Name, fault.InnerException?.Message);
            }
            catch (Exception fault)
            {
                // Tried again with the next tick; the server is not to end for it.
                Stuck(job.Name, fault);
            }
            var now = time.GetUtcNow();
            var sleep = job.Schedule().Next(now) - now is { } untilDue && untilDue < LongestSleep ? untilDue : LongestSleep;
            try
            {
                await Task.Delay(sleep, time, stopping);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task Run(Job job, Run run, DateTimeOffset since, CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        // On a thread of the pool: a job that computes must not keep this one from renewing the lease.
        var work = Task.Run(() => job.Work(new JobTime(DateTimeOffset.FromUnixTimeMilliseconds(run.StartedAt), since, ending.Token)), CancellationToken.None);
        while (!ending.IsCancellationRequested && await Task.WhenAny(work, Task.Delay(RenewEvery, time, stopping)) != work)
        {
            if (!stopping.IsCancellationRequested && !await Renew(job, run))
                await ending.CancelAsync();
        }
        try
        {
            var detail = await work;
            if (await claims.Finish(run, detail, time.Now()))
                Done(job.Name, detail);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // Nothing to a run that another server has taken over.
            await claims.Release(run, time.Now());
            stopping.ThrowIfCancellationRequested();
        }
        catch (Exception fault) when (fault is not DatabaseAwayException)
        {
            Failed(job.Name, fault);
            await claims.Fail(run, fault.Message, time.Now());
        }
    }

    // False if the run is another server's. While the database is away nobody can take it over, and the work goes on: it is not to be
    // left alone, or it would be done a second time beside it.
    private async Task<bool> Renew(Job job, Run run)
    {
        try
        {
            return await claims.Renew(run, time.Now());
        }
        catch (DatabaseAwayException fault)
        {
            Later(job.Name, fault.InnerException?.Message);
            return true;
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Job {Job}: {Detail}")]
    private partial void Done(string job, string detail);

    [LoggerMessage(Level = LogLevel.Error, Message = "Job {Job} failed and will be tried again")]
    private partial void Failed(string job, Exception fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {Job} waits for the database: {Reason}")]
    private partial void Later(string job, string? reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Job {Job} cannot be looked after")]
    private partial void Stuck(string job, Exception fault);
}
