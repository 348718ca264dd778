using Patrol.Server.Storage;

namespace Patrol.Server.Members;

/// <summary>A membership with the name of what it is of.</summary>
public sealed record NamedMembership
{
    public long ResourceKind { get; init; }
    public long ResourceId { get; init; }
    public string ResourceName { get; init; } = "";
    public long Level { get; init; }

    public bool OfGroup => ResourceKind == 1;
}

/// <summary>Lists what a user is a member of, themself rather than by a group above. For administrators: others may not learn of what is hidden.</summary>
internal sealed class ListMemberships(Database database)
{
    private const string Columns =
        "m.resource_kind, m.resource_id, coalesce(n.name, p.name) AS resource_name, m.access_level AS level";

    private const string Tables = """
        members m
        LEFT JOIN namespaces n ON m.resource_kind = 1 AND n.id = m.resource_id
        LEFT JOIN projects p ON m.resource_kind = 0 AND p.id = m.resource_id
        """;

    /// <param name="userId">Whose.</param>
    /// <param name="ofGroups">Of groups or of projects alone; null for both.</param>
    /// <param name="offset">How many to leave out at the beginning.</param>
    /// <param name="take">How many at most.</param>
    /// <param name="now">The instant that decides which memberships count.</param>
    public Task<Listing<NamedMembership>> Handle(long userId, bool? ofGroups, long offset, int take, DateTimeOffset now)
    {
        var query = new ListingQuery()
            .Where("m.user_id = @userId", "userId", userId)
            .Where("m.expires_at IS NULL OR m.expires_at > @at", "at", now.ToUnixTimeMilliseconds());
        if (ofGroups is { } groups)
            query.Where("m.resource_kind = @kind", "kind", groups ? 1L : 0);
        return database.Read(connection => query.Read<NamedMembership>(connection, Columns, Tables, "m.id", new ListingPart("m.id", Descending: false, offset, take)));
    }
}
