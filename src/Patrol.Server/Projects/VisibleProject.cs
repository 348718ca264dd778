using System.Data.Common;
using Patrol.Core.Directory;
using Patrol.Server.Access;
using Patrol.Server.Members;
using Patrol.Server.Storage;

namespace Patrol.Server.Projects;

/// <summary>A project with what the caller's memberships give there: nothing if nobody is calling.</summary>
/// <param name="Project">The project.</param>
/// <param name="Own">The level of the caller's membership of the project itself, if there is one.</param>
/// <param name="FromGroups">The highest level of the caller's memberships of the groups above, if there is one.</param>
public sealed record VisibleProject(Project Project, AccessLevel? Own, AccessLevel? FromGroups)
{
    internal static async Task<List<VisibleProject>> Load(DbConnection connection, Caller? caller, IReadOnlyList<Project> projects, DateTimeOffset now)
    {
        if (caller is null || projects.Count == 0)
            return [.. projects.Select(project => new VisibleProject(project, null, null))];
        var levels = await ProjectLevels.Of(connection, caller.User.Id, projects.Select(project => project.Id), now);
        return
        [
            .. projects.Select(project =>
            {
                var (own, groups) = levels.GetValueOrDefault(project.Id);
                return new VisibleProject(project, own, groups);
            }),
        ];
    }
}

/// <summary>Reads a project as the caller sees it.</summary>
internal sealed class ReadProject(Database database)
{
    public Task<VisibleProject> Handle(Caller? caller, Project project, DateTimeOffset now) =>
        database.Read(async connection => (await VisibleProject.Load(connection, caller, [project], now))[0]);
}
