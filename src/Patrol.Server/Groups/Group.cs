using Patrol.Core.Directory;

namespace Patrol.Server.Groups;

/// <summary>A group as stored. Its id is at once its namespace's.</summary>
public sealed record Group
{
    /// <summary>The columns, for queries that read whole groups from a table called <c>n</c>.</summary>
    public const string Columns = "n.id, n.parent_id, n.name, n.path, n.full_name, n.full_path, n.description, n.visibility, n.created_at";

    public long Id { get; init; }
    public long? ParentId { get; init; }
    public string Name { get; init; } = "";
    public string Path { get; init; } = "";

    /// <summary>The names from the topmost group down to this one, with " / " between them.</summary>
    public string FullName { get; init; } = "";

    /// <summary>The paths from the topmost group down to this one, with slashes between them.</summary>
    public string FullPath { get; init; } = "";
    public string Description { get; init; } = "";
    public Visibility Visibility { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public long CreatedAt { get; init; }
}
