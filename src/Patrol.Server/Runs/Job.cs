using Patrol.Server.Settings;

namespace Patrol.Server.Runs;

/// <summary>What the server does by itself at certain times.</summary>
/// <param name="Name">Its name in the record of runs; never changed.</param>
/// <param name="Schedule">When it is due, as it is set now.</param>
/// <param name="Work">Does it; answers in words what was done. What it did not finish is done by the next try.</param>
public sealed record Job(string Name, Func<CronSchedule> Schedule, Func<JobTime, Task<string>> Work);

/// <summary>A run's view of time.</summary>
/// <param name="Now">The instant of the run.</param>
/// <param name="Since">The instant of the last run that was completed, or since when the job is known.</param>
/// <param name="Stopping">The server is to end, or another one has taken the run over.</param>
public sealed record JobTime(DateTimeOffset Now, DateTimeOffset Since, CancellationToken Stopping);
