using System.Data.Common;
using Dapper;
using Patrol.Core.Directory;
using Patrol.Server.Access;
using Patrol.Server.Groups;
using Patrol.Server.Projects;
using Patrol.Server.Storage;

namespace Patrol.Server.Members;

/// <summary>A group with the highest level that the caller's memberships of it and of the groups above give, if there is one.</summary>
internal sealed record ReachedGroup(Group Group, AccessLevel? Level);

/// <summary>A part of each of the two lists of what a caller's token reaches.</summary>
internal sealed record Associations(List<ReachedGroup> Groups, Listing<VisibleProject> Projects);

/// <summary>Lists the groups and projects that a caller may see, with the levels that their memberships give there.</summary>
internal sealed class ListAssociations(ListGroups listGroups, ListProjects listProjects, Database database)
{
    /// <summary>Lists both, newest first.</summary>
    /// <param name="caller">Whose.</param>
    /// <param name="least">Only where the caller's memberships give at least this level; null for all that they may see.</param>
    /// <param name="offset">How many of each to leave out at the beginning.</param>
    /// <param name="take">How many of each at most.</param>
    /// <param name="now">The instant that decides which memberships count.</param>
    public async Task<Associations> Handle(Caller caller, AccessLevel? least, long offset, int take, DateTimeOffset now)
    {
        var groups = await listGroups.Handle(caller, new GroupFilter { LeastLevel = least }, new ListingPart("n.id", Descending: true, offset, take), now);
        var projects = await listProjects.Handle(caller, new ProjectFilter { LeastLevel = least }, new ListingPart("p.id", Descending: true, offset, take), now);
        var levels = groups.Rows.Count == 0 ? [] : await database.Read(connection => Levels(connection, caller.User.Id, groups.Rows, now));
        return new Associations(groups.Rows.ConvertAll(group => new ReachedGroup(group, levels.TryGetValue(group.Id, out var level) ? level : null)), projects);
    }

    private static async Task<Dictionary<long, AccessLevel>> Levels(DbConnection connection, long userId, List<Group> groups, DateTimeOffset now) =>
        (await connection.QueryAsync<(long GroupId, long Level)>(
            $"""
            WITH RECURSIVE line(group_id, id) AS (
                SELECT n.id, n.id FROM namespaces n WHERE n.id IN ({string.Join(',', groups.Select(group => group.Id))})
                UNION
                SELECT l.group_id, n.parent_id FROM namespaces n JOIN line l ON n.id = l.id WHERE n.parent_id IS NOT NULL
            )
            SELECT l.group_id, max(m.access_level) FROM line l JOIN members m ON m.resource_kind = 1 AND m.resource_id = l.id
            WHERE m.user_id = @userId AND (m.expires_at IS NULL OR m.expires_at > @at)
            GROUP BY l.group_id
            """,
            new { userId, at = now.ToUnixTimeMilliseconds() })).ToDictionary(row => row.GroupId, row => (AccessLevel)row.Level);
}
