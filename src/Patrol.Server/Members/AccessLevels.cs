using System.Data.Common;
using Dapper;
using Patrol.Core.Directory;
using Patrol.Server.Storage;

namespace Patrol.Server.Members;

/// <summary>The project or group that a membership or a token belongs to.</summary>
/// <param name="IsGroup">A group rather than a project.</param>
/// <param name="Id">The project's or group's id.</param>
public readonly record struct ResourceRef(bool IsGroup, long Id)
{
    /// <summary>The number under which the kind is stored.</summary>
    public long Kind => IsGroup ? 1 : 0;
}

/// <summary>
/// How much access a user has in a project or group: the highest of what a membership there, a membership in any group above,
/// and being the owner of the personal namespace give. Memberships that have expired give nothing. Administrators are not
/// special here: what they may do beyond it is the use cases' to say.
/// </summary>
internal static class AccessLevels
{
    private const string Highest = """
        WITH RECURSIVE line(id) AS (
            SELECT p.namespace_id FROM projects p WHERE @Kind = 0 AND p.id = @Id
            UNION
            SELECT n.id FROM namespaces n WHERE @Kind = 1 AND n.id = @Id
            UNION
            SELECT n.parent_id FROM namespaces n JOIN line l ON n.id = l.id WHERE n.parent_id IS NOT NULL
        )
        SELECT coalesce(max(found.level), 0) FROM (
            SELECT m.access_level AS level FROM members m
            WHERE m.user_id = @userId AND (m.expires_at IS NULL OR m.expires_at > @at)
              AND ((m.resource_kind = @Kind AND m.resource_id = @Id) OR (m.resource_kind = 1 AND m.resource_id IN (SELECT id FROM line)))
            UNION ALL
            SELECT 50 AS level FROM namespaces n JOIN line l ON n.id = l.id WHERE n.owner_id = @userId
        ) AS found
        """;

    /// <summary>The user's effective access level.</summary>
    public static async Task<AccessLevel> Of(DbConnection connection, long userId, ResourceRef resource, DateTimeOffset now) =>
        (AccessLevel)await connection.ExecuteScalarAsync<long>(Highest, Arguments(userId, resource, now));

    /// <inheritdoc cref="Of(DbConnection, long, ResourceRef, DateTimeOffset)"/>
    public static async Task<AccessLevel> Of(WriteScope scope, long userId, ResourceRef resource, DateTimeOffset now) =>
        (AccessLevel)await scope.Scalar<long>(Highest, Arguments(userId, resource, now));

    private static object Arguments(long userId, ResourceRef resource, DateTimeOffset now) =>
        new { userId, resource.Kind, resource.Id, at = now.ToUnixTimeMilliseconds() };
}
