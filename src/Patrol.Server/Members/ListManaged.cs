using Patrol.Core.Directory;
using Patrol.Server.Access;
using Patrol.Server.Groups;
using Patrol.Server.Projects;
using Patrol.Server.Storage;

namespace Patrol.Server.Members;

/// <summary>Lists the projects and groups whose tokens somebody manages; for an administrator, all.</summary>
internal sealed class ListManaged(ListGroups groups, ListProjects projects)
{
    private const int Most = 100;

    /// <summary>The first of them, groups before projects, and how many there are.</summary>
    public async Task<(List<(bool IsGroup, string Name, string FullPath)> Found, long Total)> Handle(Caller caller, string search, DateTimeOffset now)
    {
        AccessLevel? Least(bool isGroup) => caller.IsAdmin ? null : AccessRules.ManagesTokens(isGroup);
        var found = await groups.Handle(
            caller, new GroupFilter { LeastLevel = Least(isGroup: true), Search = search }, new ListingPart("n.full_path", Descending: false, 0, Most), now);
        var more = await projects.Handle(
            caller, new ProjectFilter { LeastLevel = Least(isGroup: false), Search = search }, new ListingPart("p.full_path", Descending: false, 0, Most), now);
        return (
            [
                .. found.Rows.Select(group => (true, group.FullName, group.FullPath)),
                .. more.Rows.Select(project => (false, project.Project.Name, project.Project.FullPath)),
            ],
            found.Total + more.Total);
    }
}
