using System.Data.Common;
using Dapper;
using Patrol.Core.Directory;

namespace Patrol.Server.Members;

/// <summary>What a user's memberships give in many projects at once, apart: those of the projects and those of the groups above.</summary>
internal static class ProjectLevels
{
    /// <summary>The levels by project; projects without any are left out or have nulls.</summary>
    public static async Task<Dictionary<long, (AccessLevel? Own, AccessLevel? FromGroups)>> Of(
        DbConnection connection, long userId, IEnumerable<long> projectIds, DateTimeOffset now)
    {
        var rows = await connection.QueryAsync<(long ProjectId, long Kind, long Level)>(
            $"""
            WITH RECURSIVE line(project_id, id) AS (
                SELECT p.id, p.namespace_id FROM projects p WHERE p.id IN ({string.Join(',', projectIds)})
                UNION
                SELECT l.project_id, n.parent_id FROM namespaces n JOIN line l ON n.id = l.id WHERE n.parent_id IS NOT NULL
            )
            SELECT l.project_id, m.resource_kind, max(m.access_level)
            FROM line l JOIN members m ON (m.resource_kind = 1 AND m.resource_id = l.id) OR (m.resource_kind = 0 AND m.resource_id = l.project_id)
            WHERE m.user_id = @userId AND (m.expires_at IS NULL OR m.expires_at > @at)
            GROUP BY l.project_id, m.resource_kind
            """,
            new { userId, at = now.ToUnixTimeMilliseconds() });
        var levels = new Dictionary<long, (AccessLevel? Own, AccessLevel? FromGroups)>();
        foreach (var (project, kind, level) in rows)
        {
            var (own, groups) = levels.GetValueOrDefault(project);
            levels[project] = kind == 0 ? ((AccessLevel)level, groups) : (own, (AccessLevel)level);
        }
        return levels;
    }
}
