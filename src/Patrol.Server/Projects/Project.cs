using Patrol.Core.Directory;
using Patrol.Server.Groups;

namespace Patrol.Server.Projects;

/// <summary>A project as stored, with what is shown of the namespace that it is in. Instants are Unix milliseconds.</summary>
public sealed record Project
{
    /// <summary>The columns, for queries that read whole projects from a table called <c>p</c> with its namespace, <c>n</c>.</summary>
    public const string Columns = """
        p.id, p.namespace_id, p.creator_id, p.name, p.path, p.full_path, p.description, p.visibility, p.created_at, p.updated_at,
        n.name AS namespace_name, n.path AS namespace_path, n.full_path AS namespace_full_path, n.full_name AS namespace_full_name,
        n.parent_id AS namespace_parent_id, n.owner_id AS namespace_owner_id
        """;

    public long Id { get; init; }
    public long NamespaceId { get; init; }

    /// <summary>Null if the creator was deleted.</summary>
    public long? CreatorId { get; init; }
    public string Name { get; init; } = "";
    public string Path { get; init; } = "";

    /// <summary>The namespace's full path, a slash, and the project's path.</summary>
    public string FullPath { get; init; } = "";
    public string? Description { get; init; }
    public Visibility Visibility { get; init; }
    public long CreatedAt { get; init; }
    public long UpdatedAt { get; init; }
    public string NamespaceName { get; init; } = "";
    public string NamespacePath { get; init; } = "";
    public string NamespaceFullPath { get; init; } = "";
    public string NamespaceFullName { get; init; } = "";
    public long? NamespaceParentId { get; init; }

    /// <summary>The user whose personal namespace the project is in, or null if it is in a group.</summary>
    public long? NamespaceOwnerId { get; init; }

    public Namespace Namespace => new()
    {
        Id = NamespaceId,
        OwnerId = NamespaceOwnerId,
        ParentId = NamespaceParentId,
        Name = NamespaceName,
        Path = NamespacePath,
        FullPath = NamespaceFullPath,
    };
}
