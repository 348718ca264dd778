using Patrol.Core.Results;
using Patrol.Server.Storage;

namespace Patrol.Server.Members;

/// <summary>Which members are meant. What is null or empty does not matter.</summary>
/// <param name="Inherited">Members of the groups above as well; of a user's memberships the highest one.</param>
/// <param name="Search">Part of the name or user name.</param>
/// <param name="UserIds">Only these.</param>
/// <param name="SkippedUserIds">Not these.</param>
internal sealed record MemberFilter(bool Inherited, string? Search, IReadOnlyList<long> UserIds, IReadOnlyList<long> SkippedUserIds);

/// <summary>Lists the members of a project or group; who may see the project or group may see them.</summary>
internal sealed class ListMembers(Database database)
{
    private const string Own = "m.resource_kind = @Kind AND m.resource_id = @Id AND (m.expires_at IS NULL OR m.expires_at > @at)";

    // Of several memberships of a user, the highest, and of equal ones the oldest.
    private const string OfLine = """
        ((m.resource_kind = @Kind AND m.resource_id = @Id) OR (m.resource_kind = 1 AND m.resource_id IN (SELECT id FROM line)))
        AND (m.expires_at IS NULL OR m.expires_at > @at)
        AND NOT EXISTS (
            SELECT 1 FROM members o
            WHERE o.user_id = m.user_id AND (o.expires_at IS NULL OR o.expires_at > @at)
              AND ((o.resource_kind = @Kind AND o.resource_id = @Id) OR (o.resource_kind = 1 AND o.resource_id IN (SELECT id FROM line)))
              AND (o.access_level > m.access_level OR (o.access_level = m.access_level AND o.id < m.id)))
        """;

    public Task<Listing<Member>> Handle(ResourceRef resource, MemberFilter filter, long offset, int take, DateTimeOffset now)
    {
        var query = Query(resource, filter.Inherited, now).WhereContains(filter.Search, "u.name", "u.username");
        if (filter.UserIds.Count > 0)
            query.Where($"m.user_id IN ({string.Join(',', filter.UserIds)})");
        if (filter.SkippedUserIds.Count > 0)
            query.Where($"m.user_id NOT IN ({string.Join(',', filter.SkippedUserIds)})");
        return Read(query, new ListingPart("m.id", Descending: false, offset, take));
    }

    /// <summary>One user's membership.</summary>
    public async Task<Result<Member>> Find(ResourceRef resource, long userId, bool inherited, DateTimeOffset now)
    {
        var query = Query(resource, inherited, now).Where("m.user_id = @userId", "userId", userId);
        return (await Read(query, new ListingPart("m.id", Descending: false, 0, 1))).Rows is [var member] ? member : new Refusal.NotFound("Member");
    }

    private static ListingQuery Query(ResourceRef resource, bool inherited, DateTimeOffset now)
    {
        var query = new ListingQuery { With = inherited ? MemberSql.Above : "" }.Where(inherited ? OfLine : Own);
        query.Values.AddDynamicParams(new { resource.Kind, resource.Id, at = now.ToUnixTimeMilliseconds() });
        return query;
    }

    private Task<Listing<Member>> Read(ListingQuery query, ListingPart part) => database.Read(async connection =>
    {
        var found = await query.Read<Membership>(connection, Membership.Columns, "members m JOIN users u ON u.id = m.user_id", "m.id", part);
        return new Listing<Member>(await MemberSql.WithPeople(connection, found.Rows), found.Total);
    });
}
