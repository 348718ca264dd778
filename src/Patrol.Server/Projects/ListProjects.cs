using Patrol.Core.Directory;
using Patrol.Server.Access;
using Patrol.Server.Groups;
using Patrol.Server.Members;
using Patrol.Server.Storage;

namespace Patrol.Server.Projects;

/// <summary>Which projects are meant. What is null or false does not matter.</summary>
internal sealed record ProjectFilter
{
    /// <summary>Part of the name or path.</summary>
    public string? Search { get; init; }

    /// <summary>The search also looks at the groups' names and paths.</summary>
    public bool SearchNamespaces { get; init; }

    /// <summary>Projects in which the caller has at least this level.</summary>
    public AccessLevel? LeastLevel { get; init; }
    public Visibility? Visibility { get; init; }
    public long? IdAfter { get; init; }
    public long? IdBefore { get; init; }

    /// <summary>Projects that were changed later than this.</summary>
    public DateTimeOffset? ActiveAfter { get; init; }

    /// <summary>Projects that were not changed from this on.</summary>
    public DateTimeOffset? ActiveBefore { get; init; }

    /// <summary>As <see cref="ActiveAfter"/>, but the instant itself counts.</summary>
    public DateTimeOffset? UpdatedAfter { get; init; }

    /// <summary>As <see cref="ActiveBefore"/>, but the instant itself counts.</summary>
    public DateTimeOffset? UpdatedBefore { get; init; }

    /// <summary>Projects directly in this group.</summary>
    public long? GroupId { get; init; }

    /// <summary>With <see cref="GroupId"/>: also in the groups below it.</summary>
    public bool IncludeSubgroups { get; init; }

    /// <summary>Projects in this user's personal namespace.</summary>
    public long? OwnerId { get; init; }
}

/// <summary>Lists the projects that the caller may see.</summary>
internal sealed class ListProjects(Database database)
{
    private const string Reached = "p.id IN (SELECT id FROM direct) OR p.namespace_id IN (SELECT id FROM below) OR n.owner_id = @userId";

    public Task<Listing<VisibleProject>> Handle(Caller? caller, ProjectFilter filter, ListingPart part, DateTimeOffset now)
    {
        var query = new ListingQuery { With = Reach.Sql };
        query.Values.Add("userId", caller?.User.Id ?? 0);
        query.Values.Add("least", (long)(filter.LeastLevel ?? AccessLevel.Guest));
        query.Values.Add("at", now.ToUnixTimeMilliseconds());
        if (filter.LeastLevel is not null)
            query.Where(Reached);
        else if (caller is null)
            query.Where("p.visibility = 20");
        else if (!caller.IsAdmin)
            query.Where($"p.visibility >= {(caller.User.IsExternal ? 20 : 10)} OR {Reached}");
        if (filter.Visibility is { } visibility)
            query.Where("p.visibility = @visibility", "visibility", (long)visibility);
        if (filter.IdAfter is { } after)
            query.Where("p.id > @after", "after", after);
        if (filter.IdBefore is { } before)
            query.Where("p.id < @before", "before", before);
        if (filter.ActiveAfter is { } activeAfter)
            query.Where("p.updated_at > @activeAfter", "activeAfter", activeAfter.ToUnixTimeMilliseconds());
        if (filter.ActiveBefore is { } activeBefore)
            query.Where("p.updated_at < @activeBefore", "activeBefore", activeBefore.ToUnixTimeMilliseconds());
        if (filter.UpdatedAfter is { } updatedAfter)
            query.Where("p.updated_at >= @updatedAfter", "updatedAfter", updatedAfter.ToUnixTimeMilliseconds());
        if (filter.UpdatedBefore is { } updatedBefore)
            query.Where("p.updated_at <= @updatedBefore", "updatedBefore", updatedBefore.ToUnixTimeMilliseconds());
        if (filter.GroupId is { } group)
            query.Where(filter.IncludeSubgroups ? $"p.namespace_id IN ({GroupSql.Tree} SELECT id FROM tree)" : "p.namespace_id = @groupId", "groupId", group);
        if (filter.OwnerId is { } owner)
            query.Where("n.owner_id = @owner", "owner", owner);
        if (filter.SearchNamespaces)
            query.WhereContains(filter.Search, "p.name", "p.full_path", "n.full_name");
        else
            query.WhereContains(filter.Search, "p.name", "p.path");
        return database.Read(async connection =>
        {
            var projects = await query.Read<Project>(connection, Project.Columns, "projects p JOIN namespaces n ON n.id = p.namespace_id", "p.id", part);
            return new Listing<VisibleProject>(await VisibleProject.Load(connection, caller, projects.Rows, now), projects.Total);
        });
    }
}
