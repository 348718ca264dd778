using System.Data.Common;
using Dapper;

namespace Patrol.Server.Members;

/// <summary>
/// What a user's memberships reach, as the beginning of a query, so that lists are filtered and paged by the database. A
/// membership reaches down to everything below it; and whoever belongs to something also sees the groups above it, without any
/// rights there.
/// </summary>
internal static class Reach
{
    /// <summary>
    /// Names <c>below</c> (groups in which the user has at least <c>@least</c>), <c>above</c> (groups above any of the user's
    /// memberships) and <c>direct</c> (projects of which the user is a member with at least <c>@least</c>). Needs
    /// <c>@userId</c>, <c>@least</c> and <c>@at</c> (Unix ms).
    /// </summary>
    public const string Sql = """
        WITH RECURSIVE valid AS (
            SELECT m.resource_kind, m.resource_id, m.access_level FROM members m
            WHERE m.user_id = @userId AND (m.expires_at IS NULL OR m.expires_at > @at)
        ),
        below(id) AS (
            SELECT v.resource_id FROM valid v WHERE v.resource_kind = 1 AND v.access_level >= @least
            UNION
            SELECT n.id FROM namespaces n JOIN below b ON n.parent_id = b.id
        ),
        above(id) AS (
            SELECT v.resource_id FROM valid v WHERE v.resource_kind = 1
            UNION
            SELECT p.namespace_id FROM valid v JOIN projects p ON p.id = v.resource_id WHERE v.resource_kind = 0
            UNION
            SELECT n.parent_id FROM namespaces n JOIN above a ON n.id = a.id WHERE n.parent_id IS NOT NULL
        ),
        direct(id) AS (
            SELECT v.resource_id FROM valid v WHERE v.resource_kind = 0 AND v.access_level >= @least
        )
        """;

    /// <summary>True if the user belongs to something in or below that group.</summary>
    public static Task<bool> IsAbove(DbConnection connection, long userId, long groupId, DateTimeOffset now) =>
        connection.ExecuteScalarAsync<bool>(
            $"{Sql} SELECT count(*) > 0 FROM above WHERE id = @groupId",
            new { userId, groupId, least = 1L, at = now.ToUnixTimeMilliseconds() });
}
