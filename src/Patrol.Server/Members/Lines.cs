namespace Patrol.Server.Members;

/// <summary>Many projects and groups at once, each with the groups above it, as the beginning of a query.</summary>
internal static class Lines
{
    /// <summary>
    /// Names <c>line</c>: <c>kind</c> and <c>id</c> of a project or group, and one after the other the groups that it is in,
    /// <c>group_id</c>, with how far above they are, <c>depth</c>: 0 for a group itself, and for a project no group.
    /// </summary>
    public static string Sql(IReadOnlyCollection<ResourceRef> resources) => $"""
        WITH RECURSIVE line(kind, id, group_id, depth) AS (
            SELECT 0, p.id, p.namespace_id, 1 FROM projects p WHERE p.id IN ({Ids(resources, isGroup: false)})
            UNION
            SELECT 0, p.id, 0, 0 FROM projects p WHERE p.id IN ({Ids(resources, isGroup: false)})
            UNION
            SELECT 1, n.id, n.id, 0 FROM namespaces n WHERE n.id IN ({Ids(resources, isGroup: true)})
            UNION
            SELECT l.kind, l.id, n.parent_id, l.depth + 1 FROM namespaces n JOIN line l ON n.id = l.group_id WHERE n.parent_id IS NOT NULL
        )
        """;

    private static string Ids(IEnumerable<ResourceRef> resources, bool isGroup) =>
        string.Join(',', resources.Where(resource => resource.IsGroup == isGroup).Select(resource => resource.Id).DefaultIfEmpty(0));
}
