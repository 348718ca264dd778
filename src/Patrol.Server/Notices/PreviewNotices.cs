using System.Data.Common;
using Dapper;
using Patrol.Server.Outbox;
using Patrol.Server.Storage;
using Patrol.Server.Tokens;
using Patrol.Server.Users;
using Patrol.Server.Webhooks;

namespace Patrol.Server.Notices;

/// <summary>What one person or webhook would be told.</summary>
internal sealed record PreviewedNotice(string Job, User? Person, string? HookUrl, int? WithinDays, int Total, IReadOnlyList<OwnedToken> Tokens);

/// <summary>Who would be told, and of which tokens' end nobody would.</summary>
internal sealed record NoticePreview(
    DateTimeOffset Until, List<PreviewedNotice> Notices, long Total, List<OwnedToken> Unheard, long UnheardTotal);

/// <summary>
/// Works out who would be told tonight, if nothing changed until then: by each job at its next instants up to GitLab's 02:00 UTC,
/// and what lies in the outbox because it could not be sent so far. Nothing is written.
/// </summary>
internal sealed class PreviewNotices(Database database, NoticeJobs jobs, FindOwed find, LoadOwners owners)
{
    private const string WaitingJob = "outbox";
    private const int MostUnheard = 100;

    public async Task<NoticePreview> Handle(long offset, int take, DateTimeOffset now, CancellationToken aborted)
    {
        var until = jobs.All[1].Schedule().Next(now) ?? now;
        var owedBy = new Dictionary<(string Job, RecipientKind Kind, long RecipientId, int WithinDays), HashSet<long>>();
        var unheard = new List<long>();
        foreach (var job in jobs.All.Where(job => job.IsOn()))
        {
            var since = await database.Read(connection => LastRun(connection, job.Name)) ?? now;
            // What is owed in between is owed at the first look or at the last one, too: no window is narrower than a night.
            foreach (var instant in new[] { job.Schedule().Next(now), job.Schedule().Latest(now, until) }.OfType<DateTimeOffset>().Where(instant => instant <= until).Distinct())
            {
                var owed = await find.Handle(job.Policy(), job.Dialect, since, instant, aborted);
                foreach (var one in owed.Notices)
                {
                    var key = (job.Name, one.Kind, one.RecipientId, one.WithinDays);
                    if (!owedBy.TryGetValue(key, out var tokens))
                        owedBy.Add(key, tokens = []);
                    tokens.UnionWith(one.Tokens.Select(token => token.Id));
                }
                unheard.AddRange(owed.Unheard);
            }
        }
        var lines = owedBy.Select(pair => new Line(pair.Key.Job, pair.Key.Kind, pair.Key.RecipientId, pair.Key.WithinDays, pair.Value.Count, [.. pair.Value])).ToList();
        foreach (var item in await database.Read(connection => OutboxSql.Waiting(connection, RecipientKind.Person)))
        {
            var body = LetterBody.FromJson(item.Body);
            lines.Add(new Line(
                WaitingJob, item.Kind, item.RecipientId, body.About is LetterAbout.Expiring or LetterAbout.Expired ? body.WithinDays : null, body.Total,
                [.. body.Tokens.Select(pair => pair[0])]));
        }
        var page = lines.OrderBy(line => line.Kind).ThenBy(line => line.RecipientId).ThenBy(line => line.Job, StringComparer.Ordinal).ThenBy(line => line.WithinDays)
            .Skip((int)Math.Min(offset, int.MaxValue)).Take(take).ToList();
        return new NoticePreview(until, await Show(page), lines.Count, await Load([.. unheard.Distinct().Order().Take(MostUnheard)]), unheard.Distinct().LongCount());
    }

    private async Task<List<PreviewedNotice>> Show(List<Line> page)
    {
        var people = await database.Read(connection => UserSql.Load(connection, page.Where(line => line.Kind == RecipientKind.Person).Select(line => line.RecipientId)));
        var hooks = await database.Read(connection => WebhookSql.Load(connection, [.. page.Where(line => line.Kind == RecipientKind.Hook).Select(line => line.RecipientId)]));
        var tokens = (await Load([.. page.SelectMany(line => line.TokenIds.Take(LetterBody.MostNamed)).Distinct()])).ToDictionary(token => token.Token.Id);
        return page.ConvertAll(line => new PreviewedNotice(
            line.Job, line.Kind == RecipientKind.Person ? people.GetValueOrDefault(line.RecipientId) : null,
            line.Kind == RecipientKind.Hook ? hooks.GetValueOrDefault(line.RecipientId)?.Url : null, line.WithinDays, line.Total,
            [.. line.TokenIds.Where(tokens.ContainsKey).Take(LetterBody.MostNamed).Select(id => tokens[id])]));
    }

    private async Task<List<OwnedToken>> Load(IReadOnlyList<long> ids) => await owners.Handle(await database.Read(connection => TokenSql.Load(connection, ids)));

    private static async Task<DateTimeOffset?> LastRun(DbConnection connection, string job) =>
        await connection.ExecuteScalarAsync<long?>("SELECT max(started_at) FROM runs WHERE job = @job AND outcome IN ('done', 'known')", new { job }) is { } at
            ? DateTimeOffset.FromUnixTimeMilliseconds(at)
            : null;

    private sealed record Line(string Job, RecipientKind Kind, long RecipientId, int? WithinDays, int Total, long[] TokenIds);
}
