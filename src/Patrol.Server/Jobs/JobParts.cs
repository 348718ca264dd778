using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Patrol.Server.Notices;
using Patrol.Server.Outbox;
using Patrol.Server.Runs;
using Patrol.Server.Settings;
using Patrol.Server.Tokens;
using Patrol.Server.Users;
using Patrol.Server.Webhooks;

namespace Patrol.Server.Jobs;

/// <summary>What the server does by itself, and all that it needs for it.</summary>
internal static class JobParts
{
    private static readonly CronSchedule Midnight = CronSchedule.Utc("0 0 0 * * ?"), EveryFiveMinutes = CronSchedule.Utc("0 0/5 * * * ?");

    /// <summary>Adds the parts.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="publicUrl">The address that the server was told to be known by, or null.</param>
    public static void Add(IServiceCollection services, Func<IServiceProvider, Uri?> publicUrl)
    {
        services.AddSingleton(provider => new PublicAddress(
            publicUrl(provider), () => provider.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault()));
        services.AddSingleton<FindRecipients>().AddSingleton<FindOwed>().AddSingleton<TellOwed>().AddSingleton<NoticeJobs>().AddSingleton<PreviewNotices>()
            .AddSingleton<SendLetters>().AddSingleton<SettleItem>();
        services.AddSingleton<WebhookSecrets>().AddSingleton<SaveWebhook>().AddSingleton<DeleteWebhook>().AddSingleton<FindWebhooks>()
            .AddSingleton<ExpiringTokenEvents>().AddSingleton<CallWebhooks>();
        services.AddSingleton<PruneTokens>().AddSingleton<RemoveInactiveBots>().AddSingleton<ClaimRun>().AddSingleton<ListJobs>();
        services.AddSingleton<IEnumerable<Job>>(provider => [.. All(provider)]);
        services.AddSingleton<Scheduler>().AddHostedService(provider => provider.GetRequiredService<Scheduler>());
        services.AddHostedService<SendingRound>();
    }

    private static IEnumerable<Job> All(IServiceProvider provider)
    {
        var (settings, runs) = (provider.GetRequiredService<SettingsStore>(), provider.GetRequiredService<ClaimRun>());
        var (bots, prune) = (provider.GetRequiredService<RemoveInactiveBots>(), provider.GetRequiredService<PruneTokens>());
        var (retire, overlong) = (provider.GetRequiredService<RetireTokens>(), provider.GetRequiredService<EndOverlongTokens>());
        return
        [
            .. provider.GetRequiredService<NoticeJobs>().ToJobs(),
            new Job("gitlab.inactive_bots", () => Midnight, async time => $"{await bots.Handle(time.Now, await runs.DoneUpTo(NoticeJobs.GitLabExpired), time.Stopping)} bots deleted"),
            new Job("gitlab.maximum_lifetime", () => EveryFiveMinutes,
                async time => await overlong.Handle(time.Now) is { } ended ? $"{ended} older tokens revoked" : "no new maximum to apply"),
            new Job("patrol.retirement", () => EveryFiveMinutes, async time => $"{await retire.Handle(time.Now)} renewed tokens revoked"),
            new Job("atlassian.pruning", () => settings.Current.Atlassian.PruningSchedule, async time =>
                $"{await prune.Handle(time.Now, await runs.DoneUpTo(NoticeJobs.AtlassianCheck), time.Stopping)} tokens deleted"),
        ];
    }
}
