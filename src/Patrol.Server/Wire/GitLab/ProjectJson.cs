using System.Text.Json.Serialization;
using Patrol.Core.Directory;
using Patrol.Server.Projects;

namespace Patrol.Server.Wire.GitLab;

/// <summary>A level that the caller has in a project.</summary>
internal sealed record AccessJson(int AccessLevel);

/// <summary>What the caller's memberships give in a project.</summary>
internal sealed record PermissionsJson(AccessJson? ProjectAccess, AccessJson? GroupAccess);

/// <summary>Where a project's parts are found in this API.</summary>
internal sealed record ProjectLinksJson(string Self, string Members);

/// <summary>
/// A project as everybody sees it who sees it at all. There are no repositories here, so that what GitLab tells of them is
/// left out or empty.
/// </summary>
internal record ProjectJson
{
    public ProjectJson(Project project, string publicUrl)
    {
        Id = project.Id;
        Description = project.Description;
        Name = project.Name;
        NameWithNamespace = $"{project.NamespaceFullName} / {project.Name}";
        Path = project.Path;
        PathWithNamespace = project.FullPath;
        CreatedAt = ListingRequest.Instant(project.CreatedAt);
        WebUrl = $"{publicUrl}/{project.FullPath}";
        LastActivityAt = ListingRequest.Instant(project.UpdatedAt);
        Visibility = ListingRequest.Word(project.Visibility);
        Namespace = new NamespaceJson(project.Namespace, publicUrl);
    }

    [JsonPropertyOrder(-9)]
    public long Id { get; }
    [JsonPropertyOrder(-9)]
    public string? Description { get; }
    [JsonPropertyOrder(-9)]
    public string Name { get; }
    [JsonPropertyOrder(-9)]
    public string NameWithNamespace { get; }
    [JsonPropertyOrder(-9)]
    public string Path { get; }
    [JsonPropertyOrder(-9)]
    public string PathWithNamespace { get; }
    [JsonPropertyOrder(-9)]
    public DateTimeOffset CreatedAt { get; }
    [JsonPropertyOrder(-9)]
    public string? DefaultBranch => null;
    [JsonPropertyOrder(-9)]
    public string[] TagList => [];
    [JsonPropertyOrder(-9)]
    public string[] Topics => [];
    [JsonPropertyOrder(-9)]
    public string WebUrl { get; }
    [JsonPropertyOrder(-9)]
    public string? ReadmeUrl => null;
    [JsonPropertyOrder(-9)]
    public int ForksCount => 0;
    [JsonPropertyOrder(-9)]
    public string? AvatarUrl => null;
    [JsonPropertyOrder(-9)]
    public int StarCount => 0;
    [JsonPropertyOrder(-9)]
    public DateTimeOffset LastActivityAt { get; }
    [JsonPropertyOrder(-9)]
    public string Visibility { get; }
    [JsonPropertyOrder(-9)]
    public NamespaceJson Namespace { get; }
}

/// <summary>A project with what the caller may do there.</summary>
internal sealed record ProjectDetailJson : ProjectJson
{
    public ProjectDetailJson(VisibleProject visible, bool signedIn, string publicUrl)
        : base(visible.Project, publicUrl)
    {
        var project = visible.Project;
        var self = $"{publicUrl}{GitLabRoutes.Root}/projects/{project.Id}";
        Links = new ProjectLinksJson(self, $"{self}/members");
        CreatorId = project.CreatorId;
        UpdatedAt = ListingRequest.Instant(project.UpdatedAt);
        Permissions = signedIn ? new PermissionsJson(Access(visible.Own), Access(visible.FromGroups)) : null;
    }

    [JsonPropertyName("_links")]
    public ProjectLinksJson Links { get; }
    public bool Archived => false;
    public bool EmptyRepo => true;
    public long? CreatorId { get; }
    public DateTimeOffset UpdatedAt { get; }
    public bool RequestAccessEnabled => false;
    public string? ImportUrl => null;
    public string? ImportType => null;
    public string ImportStatus => "none";
    public string? ImportError => null;
    public string[] SharedWithGroups => [];
    public DateOnly? MarkedForDeletionAt => null;
    public DateOnly? MarkedForDeletionOn => null;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PermissionsJson? Permissions { get; }

    private static AccessJson? Access(AccessLevel? level) => level is { } known ? new AccessJson((int)known) : null;
}
