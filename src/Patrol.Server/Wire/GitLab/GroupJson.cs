using Patrol.Core.Directory;
using Patrol.Server.Groups;

namespace Patrol.Server.Wire.GitLab;

/// <summary>A group in a list.</summary>
internal record GroupJson
{
    public GroupJson(Group group, string publicUrl)
    {
        Id = group.Id;
        WebUrl = $"{publicUrl}/groups/{group.FullPath}";
        Name = group.Name;
        Path = group.Path;
        Description = group.Description;
        Visibility = ListingRequest.Word(group.Visibility);
        FullName = group.FullName;
        FullPath = group.FullPath;
        CreatedAt = ListingRequest.Instant(group.CreatedAt);
        ParentId = group.ParentId;
    }

    public long Id { get; }
    public string WebUrl { get; }
    public string Name { get; }
    public string Path { get; }
    public string Description { get; }
    public string Visibility { get; }
    public bool ShareWithGroupLock => false;
    public bool RequireTwoFactorAuthentication => false;

    // What AccessRules says, in GitLab's words.
    public string ProjectCreationLevel => nameof(AccessLevel.Developer).ToLowerInvariant();
    public string SubgroupCreationLevel => nameof(AccessLevel.Maintainer).ToLowerInvariant();
    public string? AvatarUrl => null;
    public bool RequestAccessEnabled => false;
    public bool MembershipLock => false;
    public string FullName { get; }
    public string FullPath { get; }
    public DateTimeOffset CreatedAt { get; }
    public long? ParentId { get; }
    public long OrganizationId => 1;
    public bool Archived => false;
    public DateOnly? MarkedForDeletionOn => null;
}

/// <summary>A group on its own.</summary>
internal record GroupDetailJson(Group Group, string PublicUrl) : GroupJson(Group, PublicUrl)
{
    [System.Text.Json.Serialization.JsonIgnore]
    public Group Group { get; } = Group;

    [System.Text.Json.Serialization.JsonIgnore]
    public string PublicUrl { get; } = PublicUrl;

    public string[] SharedWithGroups => [];
}

/// <summary>A group on its own with the projects in it.</summary>
internal sealed record GroupWithProjectsJson(Group Group, string PublicUrl, List<ProjectJson> Projects) : GroupDetailJson(Group, PublicUrl)
{
    public ProjectJson[] SharedProjects => [];
}
