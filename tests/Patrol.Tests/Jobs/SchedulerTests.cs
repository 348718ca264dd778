using Dapper;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Patrol.Server.Jobs;
using Patrol.Server.Runs;
using Patrol.Server.Settings;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Jobs;

/// <summary>Each job once for each instant at which it is due, whichever server looks first.</summary>
public sealed class SchedulerTests
{
    private static readonly DateTimeOffset Start = NightKit.At("2027-10-20T12:00Z");
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory, ClassData(typeof(Engines))]
    public async Task A_job_is_run_once_for_each_due_instant_on_any_number_of_nodes(Engine engine)
    {
        await using var store = await TestStore.Open(engine);
        var nights = new Nights(store, CronSchedule.Read("0 30 2 * * ?", Berlin).Schedule!, nodes: 3);
        // Over the end of summer time, when 02:30 comes twice, a year's end, a leap day, and the beginning of the next one, when it does not come.
        foreach (var hours in Enumerable.Repeat<int[]>([5, 13, 1, 20, 9], 85).SelectMany(some => some))
            await nights.Pass(TimeSpan.FromHours(hours), everyNode: hours != 13);
        var due = new List<DateTimeOffset>();
        for (var next = nights.Schedule.Next(Start); next <= nights.Now; next = nights.Schedule.Next(next!.Value))
            due.Add(next!.Value);
        Assert.Equal(170, due.Count);
        Assert.Equal(due.Count, nights.Runs.Count);
        // Older ones are no longer on record.
        Assert.Equal(due.Where(instant => instant >= nights.Now.AddDays(-89)), (await nights.DueInstants()).Where(instant => instant >= nights.Now.AddDays(-89)));
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task What_was_missed_is_caught_up_once_and_nothing_from_before_the_job_was_known(Engine engine)
    {
        await using var store = await TestStore.Open(engine);
        var nights = new Nights(store, CronSchedule.Utc("0 0 1 * * ?"), nodes: 2);
        await nights.Pass(TimeSpan.Zero);
        Assert.Empty(nights.Runs);
        await nights.Pass(TimeSpan.FromDays(40));
        Assert.Equal([NightKit.At("2027-11-29T01:00Z")], await nights.DueInstants());
        Assert.Equal(Start, Assert.Single(nights.Runs).Since);
        await nights.Pass(TimeSpan.FromMinutes(1));
        Assert.Single(nights.Runs);
        await nights.Pass(TimeSpan.FromDays(1));
        Assert.Equal(2, nights.Runs.Count);
        // What the next one looks back to is the instant of the run, not the one at which it was due.
        Assert.Equal(Start.AddDays(40), nights.Runs[^1].Since);
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task A_run_whose_server_is_gone_is_taken_over_when_its_lease_is_over(Engine engine)
    {
        await using var store = await TestStore.Open(engine);
        var nights = new Nights(store, CronSchedule.Utc("0 0 1 * * ?"), nodes: 2);
        await nights.Pass(TimeSpan.Zero);
        nights.Clock.Advance(TimeSpan.FromDays(1));
        // Claimed, and never heard of again.
        Assert.NotNull(await nights.Claims[0].Handle(nights.Job, nights.Now));
        await nights.Pass(TimeSpan.FromMinutes(1));
        Assert.Empty(nights.Runs);
        await nights.Pass(TimeSpan.FromMinutes(1));
        Assert.Single(nights.Runs);
        Assert.Equal((2, "done"), await store.Database.Read(connection => connection.QuerySingleAsync<(long, string)>("SELECT attempts, outcome FROM runs WHERE outcome <> 'known'")));
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task A_run_that_fails_is_tried_again_with_longer_pauses_and_recorded_with_its_reason(Engine engine)
    {
        await using var store = await TestStore.Open(engine);
        var nights = new Nights(store, CronSchedule.Utc("0 0 1 1 * ?"), nodes: 2) { Fails = true };
        await nights.Pass(TimeSpan.Zero);
        await nights.Pass(TimeSpan.FromDays(12));
        Assert.Single(nights.Runs);
        foreach (var (minutes, runs) in ((int, int)[])[(1, 2), (1, 2), (1, 3), (3, 3), (1, 4), (8, 5), (600, 5)])
        {
            await nights.Pass(TimeSpan.FromMinutes(minutes));
            Assert.Equal(runs, nights.Runs.Count);
        }
        Assert.Equal(("failed", "It would not."), await store.Database.Read(connection => connection.QuerySingleAsync<(string, string)>("SELECT outcome, detail FROM runs WHERE outcome <> 'known'")));
        nights.Fails = false;
        await nights.Pass(TimeSpan.FromDays(31));
        Assert.Equal(6, nights.Runs.Count);
        Assert.Equal(Start, nights.Runs[^1].Since);
    }

    [Fact]
    public async Task While_a_job_runs_its_lease_is_renewed_and_at_the_end_of_the_server_it_is_given_up()
    {
        await using var store = await TestStore.Open(Engine.Sqlite);
        var clock = new FakeTimeProvider(Start);
        var begun = new TaskCompletionSource();
        var job = new Job("long", () => CronSchedule.Utc("0 0 1 * * ?"), async time =>
        {
            begun.TrySetResult();
            await Task.Delay(Timeout.Infinite, time.Stopping);
            return "";
        });
        var claims = new ClaimRun(store.Database);
        var scheduler = new Scheduler([job], claims, clock, NullLogger<Scheduler>.Instance);
        Assert.False(await scheduler.Tick(job, CancellationToken.None));
        clock.Advance(TimeSpan.FromDays(1));
        using var stopping = new CancellationTokenSource();
        var running = scheduler.Tick(job, stopping.Token);
        await Eventually.InTime(begun.Task);
        for (var i = 0; i < 30; i++)
        {
            clock.Advance(ClaimRun.Lease / 12);
            await Eventually.True(
                async () => await store.Database.Read(connection => connection.ExecuteScalarAsync<long>("SELECT max(lease_until) FROM runs")) >= (clock.GetUtcNow() + ClaimRun.Lease / 2).ToUnixTimeMilliseconds(),
                "the lease is renewed");
            Assert.Null(await new ClaimRun(store.Database).Handle(job, clock.GetUtcNow()));
        }
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Eventually.InTime(running));
        Assert.NotNull(await new ClaimRun(store.Database).Handle(job, clock.GetUtcNow()));
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Work_whose_run_another_server_has_taken_over_is_ended_and_not_recorded(Engine engine)
    {
        await using var store = await TestStore.Open(engine);
        await using var night = await LongNight.Begin(store);
        await store.Database.Write(scope => scope.Execute("UPDATE runs SET node = 'another', attempts = 2 WHERE outcome IS NULL"));
        night.Clock.Advance(ClaimRun.Lease / 4);
        Assert.True(await Eventually.InTime(night.Running));
        Assert.Equal(("another", 2, null), await store.Database.Read(connection => connection.QuerySingleAsync<(string, long, string?)>(
            "SELECT node, attempts, detail FROM runs WHERE outcome IS NULL")));
    }

    [Fact]
    public async Task While_the_database_is_away_the_work_goes_on_and_is_recorded_afterwards()
    {
        await using var store = await TestStore.Open(Engine.Sqlite);
        await using var night = await LongNight.Begin(store);
        await using (var holder = await store.Database.Open())
        {
            // Whoever else wants to write is told that the file is busy.
            await using var held = await holder.BeginTransactionAsync();
            night.Clock.Advance(ClaimRun.Lease / 4);
            await Eventually.True(() => night.Running.IsCompleted || night.Says.Of("Scheduler").Count > 0, "the lease could not be renewed");
        }
        Assert.False(night.Running.IsCompleted);
        Assert.StartsWith("Warning: Job long waits for the database: ", Assert.Single(night.Says.Of("Scheduler")), StringComparison.Ordinal);
        night.Done.SetResult("all of it");
        Assert.True(await Eventually.InTime(night.Running));
        Assert.Equal("all of it", await store.Database.Read(connection => connection.QuerySingleAsync<string>("SELECT detail FROM runs WHERE outcome = 'done'")));
    }

    [Theory]
    [InlineData("* * * * * ?", "2026-11-22T12:00:00Z", "2029-11-22T12:00:00.500Z", "2029-11-22T12:00:00Z")]
    [InlineData("0 0 * * * ?", "2026-11-22T12:00:00Z", "2026-11-22T12:59:59Z", null)]
    [InlineData("0 0 1 29 2 ?", "2026-11-22T12:00:00Z", "2031-11-22T12:00:00Z", "2028-02-29T01:00:00Z")]
    [InlineData("0 0 1 31 * ?", "2026-11-22T12:00:00Z", "2027-02-28T12:00:00Z", "2027-01-31T01:00:00Z")]
    [InlineData("0 0 1 * * ?", "2026-11-22T01:00:00Z", "2026-11-23T01:00:00Z", "2026-11-23T01:00:00Z")]
    public void The_last_of_many_due_instants_is_found(string cron, string after, string until, string? latest) =>
        Assert.Equal(latest is null ? null : NightKit.At(latest), CronSchedule.Utc(cron).Latest(NightKit.At(after), NightKit.At(until)));

    /// <summary>A job that is at work until it is told what came of it, or told to end.</summary>
    private sealed class LongNight : IAsyncDisposable
    {
        private readonly CancellationTokenSource stopping = new();
        private readonly LoggerFactory loggers;

        private LongNight() => loggers = new([Says]);

        public FakeTimeProvider Clock { get; } = new(Start);
        public ServerSays Says { get; } = new();
        public TaskCompletionSource<string> Done { get; } = new();
        public Task<bool> Running { get; private set; } = null!;

        public static async Task<LongNight> Begin(TestStore store)
        {
            var night = new LongNight();
            var begun = new TaskCompletionSource();
            var job = new Job("long", () => CronSchedule.Utc("0 0 1 * * ?"), async time =>
            {
                begun.SetResult();
                return await night.Done.Task.WaitAsync(time.Stopping);
            });
            var scheduler = new Scheduler([job], new ClaimRun(store.Database), night.Clock, night.loggers.CreateLogger<Scheduler>());
            Assert.False(await scheduler.Tick(job, CancellationToken.None));
            night.Clock.Advance(TimeSpan.FromDays(1));
            night.Running = scheduler.Tick(job, night.stopping.Token);
            await Eventually.InTime(begun.Task);
            return night;
        }

        public async ValueTask DisposeAsync()
        {
            await stopping.CancelAsync();
            await Task.WhenAny(Running);
            stopping.Dispose();
            loggers.Dispose();
        }
    }

    /// <summary>Some nodes on one database, and a clock.</summary>
    private sealed class Nights
    {
        private readonly Scheduler[] schedulers;

        public Nights(TestStore store, CronSchedule schedule, int nodes)
        {
            Schedule = schedule;
            this.store = store;
            Job = new Job("nightly", () => schedule, time =>
            {
                lock (Runs)
                    Runs.Add(time);
                return Fails ? throw new InvalidOperationException("It would not.") : Task.FromResult("done");
            });
            Claims = [.. Enumerable.Range(0, nodes).Select(_ => new ClaimRun(store.Database))];
            schedulers = Array.ConvertAll(Claims, claims => new Scheduler([Job], claims, Clock, NullLogger<Scheduler>.Instance));
        }

        private readonly TestStore store;

        public FakeTimeProvider Clock { get; } = new(Start);
        public CronSchedule Schedule { get; }
        public Job Job { get; }
        public ClaimRun[] Claims { get; }
        public List<JobTime> Runs { get; } = [];
        public bool Fails { get; set; }
        public DateTimeOffset Now => Clock.GetUtcNow();

        public async Task Pass(TimeSpan span, bool everyNode = true)
        {
            Clock.Advance(span);
            await Task.WhenAll(schedulers.Take(everyNode ? schedulers.Length : 1).Select(scheduler => Task.Run(async () =>
            {
                while (await scheduler.Tick(Job, CancellationToken.None))
                {
                }
            })));
        }

        public async Task<List<DateTimeOffset>> DueInstants() => (await store.Database.Read(connection => connection.QueryAsync<long>(
            "SELECT due_at FROM runs WHERE outcome = 'done' ORDER BY due_at"))).Select(DateTimeOffset.FromUnixTimeMilliseconds).ToList();
    }
}
