using Dapper;
using Patrol.Server.Storage;

namespace Patrol.Server.Audit;

/// <summary>One row of the trail. The instant is Unix milliseconds.</summary>
public sealed record AuditRow
{
    public long Id { get; init; }
    public long At { get; init; }
    public long? ActorId { get; init; }
    public string Actor { get; init; } = "";

    /// <summary>By whom or what, if others used the actor's rights: sudo, or an impersonation token.</summary>
    public string? Via { get; init; }

    public string Action { get; init; } = "";
    public string TargetKind { get; init; } = "";
    public long? TargetId { get; init; }
    public string Detail { get; init; } = "";
    public string? Ip { get; init; }
}

/// <summary>Which rows of the trail; what is null does not matter.</summary>
internal sealed record AuditFilter(string? Actor, string? Action, string? TargetKind, long? TargetId, DateTimeOffset? Since, DateTimeOffset? Until);

/// <summary>Reads the trail, newest first.</summary>
internal sealed class FindAudit(Database database)
{
    /// <param name="filter">Which rows.</param>
    /// <param name="before">Only rows with a lower id than this: the last id of the page before; null for the first page.</param>
    /// <param name="take">How many rows at most.</param>
    public Task<List<AuditRow>> Handle(AuditFilter filter, long? before, int take) => database.Read(async connection =>
    {
        var conditions = new List<string>();
        void Where(object? value, string condition)
        {
            if (value is not null)
                conditions.Add(condition);
        }
        Where(before, "id < @before");
        Where(filter.Actor, "lower(actor) = lower(@Actor)");
        Where(filter.Action, "action = @Action");
        Where(filter.TargetKind, "target_kind = @TargetKind");
        Where(filter.TargetId, "target_id = @TargetId");
        Where(filter.Since, "at >= @since");
        Where(filter.Until, "at <= @until");
        var where = conditions.Count == 0 ? "" : $"WHERE {string.Join(" AND ", conditions)}";
        return (await connection.QueryAsync<AuditRow>(
            $"SELECT id, at, actor_id, actor, via, action, target_kind, target_id, detail, ip FROM audit {where} ORDER BY id DESC LIMIT @take",
            new
            {
                before,
                filter.Actor,
                filter.Action,
                filter.TargetKind,
                filter.TargetId,
                since = filter.Since?.ToUnixTimeMilliseconds(),
                until = filter.Until?.ToUnixTimeMilliseconds(),
                take,
            })).AsList();
    });
}
