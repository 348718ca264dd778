using Patrol.Core.Notices;
using Patrol.Core.Tokens;
using Patrol.Server.Runs;
using Patrol.Server.Settings;

namespace Patrol.Server.Notices;

/// <summary>A job that tells people of tokens that end.</summary>
/// <param name="Name">The job's name.</param>
/// <param name="Dialect">Of which tokens.</param>
/// <param name="Policy">When people are told, as it is set now.</param>
/// <param name="IsOn">Mails are sent at all.</param>
/// <param name="Schedule">When it is looked.</param>
internal sealed record NoticeJob(string Name, TokenDialect Dialect, Func<NoticePolicy> Policy, Func<bool> IsOn, Func<CronSchedule> Schedule);

/// <summary>
/// The three of them: GitLab's at 01:00 UTC (tokens that will end) and 02:00 UTC (tokens that have ended), and Atlassian's check by
/// its property, in the machine's zone.
/// </summary>
internal sealed class NoticeJobs(TellOwed tell, SettingsStore settings)
{
    /// <summary>Tells people of GitLab's tokens that have expired.</summary>
    public const string GitLabExpired = "gitlab.expired_tokens";

    /// <summary>Tells people of Atlassian's tokens that expire and that have.</summary>
    public const string AtlassianCheck = "atlassian.expiry_check";

    private static readonly CronSchedule OneOClock = CronSchedule.Utc("0 0 1 * * ?");
    private static readonly CronSchedule TwoOClock = CronSchedule.Utc("0 0 2 * * ?");

    public IReadOnlyList<NoticeJob> All { get; } =
    [
        new("gitlab.expiring_tokens", TokenDialect.GitLab, () => NoticePolicy.GitLabWarnings(settings.Current.WarningDays.Days), () => true, () => OneOClock),
        new(GitLabExpired, TokenDialect.GitLab, () => NoticePolicy.GitLabEnd, () => true, () => TwoOClock),
        new(AtlassianCheck, TokenDialect.Atlassian, () => NoticePolicy.Atlassian(settings.Current.Atlassian.ExpiryWarningDays),
            () => settings.Current.Atlassian is { Enabled: true, MailNotificationsEnabled: true }, () => settings.Current.Atlassian.ExpiryCheckSchedule),
    ];

    /// <summary>The same as jobs of the server.</summary>
    public IEnumerable<Job> ToJobs() => All.Select(job => new Job(job.Name, job.Schedule, async time =>
    {
        if (!job.IsOn())
            return "switched off";
        var told = await tell.Handle(job.Policy(), job.Dialect, time.Since, time.Now, time.Stopping);
        return $"{told.People} people and {told.Hooks} webhooks are told of {told.Tokens} tokens";
    }));
}
