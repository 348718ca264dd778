using Patrol.Core.Directory;
using Patrol.Core.Results;
using Patrol.Server.Access;
using Patrol.Server.Groups;
using Patrol.Server.Projects;
using Patrol.Server.Storage;

namespace Patrol.Server.Members;

/// <summary>A project or group that the caller may see.</summary>
/// <param name="Resource">Which one.</param>
/// <param name="Name">Its name.</param>
/// <param name="FullPath">Its full path.</param>
/// <param name="Visibility">Who may see it.</param>
/// <param name="Level">The caller's effective access level there; Owner for administrators.</param>
public sealed record VisibleResource(ResourceRef Resource, string Name, string FullPath, Visibility Visibility, AccessLevel Level)
{
    /// <summary>The group, if it is one.</summary>
    public Group? Group { get; init; }

    /// <summary>The project, if it is one.</summary>
    public Project? Project { get; init; }
}

/// <summary>
/// Finds the project or group of an address, if the caller may see it. What may not be seen is answered like what does not exist.
/// </summary>
internal sealed class FindResource(Database database)
{
    /// <param name="caller">Who asks; null for somebody without a token.</param>
    /// <param name="isGroup">A group rather than a project.</param>
    /// <param name="idOrPath">The id or the full path.</param>
    /// <param name="now">The instant that decides which memberships count.</param>
    public Task<Result<VisibleResource>> Handle(Caller? caller, bool isGroup, string idOrPath, DateTimeOffset now) =>
        database.Read<Result<VisibleResource>>(async connection =>
        {
            var found = isGroup
                ? await GroupSql.Find(connection, idOrPath) is { } group ? Of(group) : null
                : await ProjectSql.Find(connection, idOrPath) is { } project ? Of(project) : null;
            var missing = new Refusal.NotFound(isGroup ? "Group" : "Project");
            if (found is null)
                return missing;
            if (caller is null)
                return AccessRules.MaySee(found.Visibility, AccessLevel.None, signedIn: false) ? found : missing;
            if (caller.IsAdmin)
                return found with { Level = AccessLevel.Owner };
            var level = await AccessLevels.Of(connection, caller.User.Id, found.Resource, now);
            var sees = AccessRules.MaySee(found.Visibility, level, signedIn: !caller.User.IsExternal)
                || (isGroup && await Reach.IsAbove(connection, caller.User.Id, found.Resource.Id, now));
            return sees ? found with { Level = level } : missing;
        });

    private static VisibleResource Of(Group group) =>
        new(new ResourceRef(IsGroup: true, group.Id), group.Name, group.FullPath, group.Visibility, AccessLevel.None) { Group = group };

    private static VisibleResource Of(Project project) =>
        new(new ResourceRef(IsGroup: false, project.Id), project.Name, project.FullPath, project.Visibility, AccessLevel.None) { Project = project };
}
