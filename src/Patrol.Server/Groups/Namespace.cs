namespace Patrol.Server.Groups;

/// <summary>Where projects are: a group, or somebody's own place.</summary>
public sealed record Namespace
{
    /// <summary>The columns, for queries that read whole namespaces from a table called <c>n</c>.</summary>
    public const string Columns = "n.id, n.owner_id, n.parent_id, n.name, n.path, n.full_path";

    public long Id { get; init; }

    /// <summary>Whose own it is; null for a group.</summary>
    public long? OwnerId { get; init; }
    public long? ParentId { get; init; }
    public string Name { get; init; } = "";
    public string Path { get; init; } = "";
    public string FullPath { get; init; } = "";
}

/// <summary>A namespace as the caller sees it.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Members">How many people are members of it or of a group below it; null where the caller is no owner, and for what is no group.</param>
public sealed record VisibleNamespace(Namespace Namespace, long? Members);
