using Patrol.Core.Lifetimes;
using Patrol.Core.Tokens;
using Patrol.Server.Audit;
using Patrol.Server.Notices;
using Patrol.Server.Settings;
using Patrol.Server.Storage;

namespace Patrol.Server.Tokens;

/// <summary>
/// Revokes tokens that last longer than a newly set maximum lifetime allows, or for ever; three hours after it was set, so that
/// a slip can be taken back (GitLab's rule).
/// </summary>
internal sealed class EndOverlongTokens(Database database, SettingsStore settings, TokenIndex index)
{
    private const int BatchSize = 5_000;
    private static readonly TimeSpan Grace = TimeSpan.FromHours(3);

    /// <summary>Does it if it is due; answers how many tokens it ended, or null if nothing was due.</summary>
    public async Task<long?> Handle(DateTimeOffset now)
    {
        if (settings.Current is not { MaxLifetimeSetAt: { } setAt, MaxPersonalAccessTokenLifetime: { } days } ||
            now < DateTimeOffset.FromUnixTimeMilliseconds(setAt) + Grace)
            return null;
        var latest = UtcDay.Start(UtcDay.Of(now).AddDays(days)).ToUnixTimeMilliseconds();
        var candidates = await index.All(new TokenFilter { Dialect = TokenDialect.GitLab, State = TokenState.Active }, now);
        long ended = 0;
        foreach (var batch in candidates.Chunk(BatchSize))
        {
            ended += await database.Write(async scope =>
            {
                var touched = await scope.Query<long>(
                    $"""
                    UPDATE tokens SET revoked_at = @at, updated_at = @at
                    WHERE (expires_at IS NULL OR expires_at > @latest) AND revoked_at IS NULL AND id IN ({string.Join(',', batch)})
                    RETURNING id
                    """,
                    new { at = now.ToUnixTimeMilliseconds(), latest });
                scope.Changes.Tokens.UnionWith(touched);
                await TellOwner.Revoked(scope, touched, now);
                return touched.Count;
            });
        }
        await database.Write(async scope =>
        {
            await settings.Change(scope, current => current.MaxLifetimeSetAt == setAt ? current with { MaxLifetimeSetAt = null } : current);
            await AuditLog.Write(scope, null, "token.bulk.revoke", "token", null, $"{ended} tokens that would have lasted longer than {days} days", now);
        });
        return ended;
    }
}
