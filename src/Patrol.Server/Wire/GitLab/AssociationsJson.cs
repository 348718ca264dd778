using Patrol.Core.Directory;
using Patrol.Server.Members;
using Patrol.Server.Projects;

namespace Patrol.Server.Wire.GitLab;

/// <summary>What a token reaches.</summary>
internal sealed record AssociationsJson(List<AssociatedGroupJson> Groups, List<AssociatedProjectJson> Projects);

/// <summary>A group that a token reaches. GitLab's name for the one level is a plural.</summary>
internal sealed class AssociatedGroupJson(ReachedGroup reached, string publicUrl)
{
    private readonly GroupJson group = new(reached.Group, publicUrl);

    public long Id => group.Id;

    public string WebUrl => group.WebUrl;

    public string Name => group.Name;

    public long? ParentId => group.ParentId;

    public long OrganizationId => group.OrganizationId;

    public AccessLevel? AccessLevels => reached.Level;

    public string Visibility => group.Visibility;
}

/// <summary>The levels that the memberships of a project and of the groups above it give.</summary>
internal sealed record AccessLevelsJson(AccessLevel? ProjectAccessLevel, AccessLevel? GroupAccessLevel);

/// <summary>A project that a token reaches.</summary>
internal sealed class AssociatedProjectJson(VisibleProject visible, string publicUrl)
{
    private readonly ProjectJson project = new(visible.Project, publicUrl);

    public long Id => project.Id;

    public string? Description => project.Description;

    public string Name => project.Name;

    public string NameWithNamespace => project.NameWithNamespace;

    public string Path => project.Path;

    public string PathWithNamespace => project.PathWithNamespace;

    public DateTimeOffset CreatedAt => project.CreatedAt;

    public AccessLevelsJson AccessLevels => new(visible.Own, visible.FromGroups);

    public string Visibility => project.Visibility;

    public string WebUrl => project.WebUrl;

    public NamespaceJson Namespace => project.Namespace;
}
