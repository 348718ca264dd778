using Patrol.Core.Directory;
using Patrol.Server.Access;
using Patrol.Server.Members;
using Patrol.Server.Storage;

namespace Patrol.Server.Groups;

/// <summary>Which groups are meant. What is null or false does not matter.</summary>
internal sealed record GroupFilter
{
    /// <summary>Part of the name or path.</summary>
    public string? Search { get; init; }

    /// <summary>Groups in which the caller has at least this level.</summary>
    public AccessLevel? LeastLevel { get; init; }

    /// <summary>Only groups that the caller's memberships show, however many others may be seen.</summary>
    public bool OnlyOwn { get; init; }
    public bool TopLevelOnly { get; init; }
    public Visibility? Visibility { get; init; }

    /// <summary>Groups directly in this one.</summary>
    public long? ParentId { get; init; }

    /// <summary>Groups anywhere below this one.</summary>
    public long? AncestorId { get; init; }
    public IReadOnlyList<long> Skipped { get; init; } = [];
}

/// <summary>Lists the groups that the caller may see.</summary>
internal sealed class ListGroups(Database database)
{
    public Task<Listing<Group>> Handle(Caller? caller, GroupFilter filter, ListingPart part, DateTimeOffset now)
    {
        var query = new ListingQuery { With = Reach.Sql }.Where("n.owner_id IS NULL");
        query.Values.Add("userId", caller?.User.Id ?? 0);
        query.Values.Add("least", (long)(filter.LeastLevel ?? AccessLevel.Guest));
        query.Values.Add("at", now.ToUnixTimeMilliseconds());
        if (filter.LeastLevel is not null)
            query.Where("n.id IN (SELECT id FROM below)");
        else if (filter.OnlyOwn)
            query.Where("n.id IN (SELECT id FROM below) OR n.id IN (SELECT id FROM above)");
        else if (caller is null)
            query.Where("n.visibility = 20");
        else if (!caller.IsAdmin)
            query.Where($"n.visibility >= {(caller.User.IsExternal ? 20 : 10)} OR n.id IN (SELECT id FROM below) OR n.id IN (SELECT id FROM above)");
        if (filter.TopLevelOnly)
            query.Where("n.parent_id IS NULL");
        if (filter.Visibility is { } visibility)
            query.Where("n.visibility = @visibility", "visibility", (long)visibility);
        if (filter.ParentId is { } parent)
            query.Where("n.parent_id = @parent", "parent", parent);
        if (filter.AncestorId is { } ancestor)
            query.Where($"n.id <> @groupId AND n.id IN ({GroupSql.Tree} SELECT id FROM tree)", "groupId", ancestor);
        if (filter.Skipped.Count > 0)
            query.Where($"n.id NOT IN ({string.Join(',', filter.Skipped)})");
        query.WhereContains(filter.Search, "n.name", "n.path");
        return database.Read(connection => query.Read<Group>(connection, Group.Columns, "namespaces n", "n.id", part));
    }
}
