using System.Data.Common;
using Patrol.Core.Directory;
using Patrol.Server.Storage;
using Patrol.Server.Users;

namespace Patrol.Server.Members;

/// <summary>The members' table: how memberships are read and written. What has expired is never shown.</summary>
internal static class MemberSql
{
    private const int IdsPerStatement = 1000;
    private const string Here = "m.resource_kind = @Kind AND m.resource_id = @Id AND m.user_id = @userId AND (m.expires_at IS NULL OR m.expires_at > @at)";

    /// <summary>Names <c>line</c>: the groups above a project or group, itself not included. Needs <c>@Kind</c> and <c>@Id</c>.</summary>
    public const string Above = """
        WITH RECURSIVE line(id) AS (
            SELECT p.namespace_id FROM projects p WHERE @Kind = 0 AND p.id = @Id
            UNION
            SELECT g.parent_id FROM namespaces g WHERE @Kind = 1 AND g.id = @Id AND g.parent_id IS NOT NULL
            UNION
            SELECT n.parent_id FROM namespaces n JOIN line l ON n.id = l.id WHERE n.parent_id IS NOT NULL
        )
        """;

    /// <summary>The user's own membership there, if it still counts.</summary>
    public static Task<Membership?> Find(WriteScope scope, ResourceRef resource, long userId, DateTimeOffset now) =>
        scope.First<Membership>(
            $"SELECT {Membership.Columns} FROM members m WHERE {Here}", new { resource.Kind, resource.Id, userId, at = now.ToUnixTimeMilliseconds() });

    /// <summary>The highest membership that the user has in a group above, and that group's name.</summary>
    public static async Task<(AccessLevel Level, string GroupName)?> Inherited(WriteScope scope, ResourceRef resource, long userId, DateTimeOffset now)
    {
        var found = await scope.Query<(long Level, string Name)>(
            $"""
            {Above}
            SELECT m.access_level, n.name FROM members m JOIN line l ON l.id = m.resource_id JOIN namespaces n ON n.id = l.id
            WHERE m.resource_kind = 1 AND m.user_id = @userId AND (m.expires_at IS NULL OR m.expires_at > @at)
            ORDER BY m.access_level DESC LIMIT 1
            """,
            new { resource.Kind, resource.Id, userId, at = now.ToUnixTimeMilliseconds() });
        return found is [var (level, name)] ? ((AccessLevel)level, name) : null;
    }

    /// <summary>Lets memberships that would end earlier last until an instant, or for ever.</summary>
    /// <param name="scope">The transaction.</param>
    /// <param name="whose">SQL that follows <c>user_id</c>: which users.</param>
    /// <param name="until">The instant; null for ever.</param>
    /// <returns>How many.</returns>
    public static Task<int> Prolong(WriteScope scope, string whose, DateTimeOffset? until)
    {
        scope.Changes.Directory = true;
        return scope.Execute(
            $"UPDATE members SET expires_at = @until WHERE expires_at IS NOT NULL AND (@until IS NULL OR expires_at < @until) AND user_id {whose}",
            new { until = until?.ToUnixTimeMilliseconds() });
    }

    /// <summary>Stores a membership in the place of one that has expired.</summary>
    /// <exception cref="DbException">The user is a member already.</exception>
    public static async Task Insert(
        WriteScope scope, ResourceRef resource, long userId, AccessLevel level, DateTimeOffset? expiresAt, long? createdBy, DateTimeOffset now)
    {
        var values = new
        {
            resource.Kind,
            resource.Id,
            userId,
            level = (long)level,
            expiresAt = expiresAt?.ToUnixTimeMilliseconds(),
            createdBy,
            at = now.ToUnixTimeMilliseconds(),
        };
        await scope.Execute(
            "DELETE FROM members WHERE resource_kind = @Kind AND resource_id = @Id AND user_id = @userId AND expires_at <= @at", values);
        await scope.Execute(
            """
            INSERT INTO members (resource_kind, resource_id, user_id, access_level, expires_at, created_by, created_at)
            VALUES (@Kind, @Id, @userId, @level, @expiresAt, @createdBy, @at)
            """,
            values);
        scope.Changes.Users.Add(userId);
        scope.Changes.Directory = true;
    }

    /// <summary>Deletes all memberships of projects or groups.</summary>
    public static async Task DeleteAll(WriteScope scope, bool ofGroups, IEnumerable<long> resourceIds)
    {
        scope.Changes.Directory = true;
        foreach (var part in resourceIds.Chunk(IdsPerStatement))
        {
            await scope.Execute(
                $"DELETE FROM members WHERE resource_kind = @kind AND resource_id IN ({string.Join(',', part)})", new { kind = ofGroups ? 1L : 0L });
        }
    }

    /// <summary>The memberships with the people in them, in the order of the memberships.</summary>
    public static async Task<List<Member>> WithPeople(DbConnection connection, IReadOnlyList<Membership> memberships)
    {
        var people = await UserSql.Load(connection, memberships.SelectMany(one => new[] { one.UserId, one.CreatedBy ?? 0 }));
        return
        [
            .. memberships.Where(one => people.ContainsKey(one.UserId))
                .Select(one => new Member(one, people[one.UserId], one.CreatedBy is { } by ? people.GetValueOrDefault(by) : null)),
        ];
    }

    /// <summary>A user's own membership there, which nobody else changes before the transaction ends, and of a group all its owners'.</summary>
    public static async Task<Membership?> Hold(WriteScope scope, ResourceRef resource, long userId, DateTimeOffset now)
    {
        await scope.Hold(
            "members", "resource_kind = @Kind AND resource_id = @Id AND (user_id = @userId OR (@Kind = 1 AND access_level = 50))",
            new { resource.Kind, resource.Id, userId });
        return await Find(scope, resource, userId, now);
    }

    /// <summary>Holds the owners of all groups that a user owns, so that of two owners who go at the same moment the second finds itself the last.</summary>
    public static Task HoldOwnersBeside(WriteScope scope, long userId) => scope.Hold(
        "members",
        """
        resource_kind = 1 AND access_level = 50
        AND resource_id IN (SELECT own.resource_id FROM members own WHERE own.resource_kind = 1 AND own.user_id = @userId AND own.access_level = 50)
        """,
        new { userId });

    /// <summary>How many people other than this user are owners of a group, inherited ones included. Bots do not count. Needs <see cref="Hold"/> before.</summary>
    public static Task<long> OtherOwners(WriteScope scope, long groupId, long userId, DateTimeOffset now) => scope.Scalar<long>(
        $"""
        {Above}
        SELECT count(*) FROM members m JOIN users u ON u.id = m.user_id
        WHERE m.resource_kind = 1 AND (m.resource_id = @Id OR m.resource_id IN (SELECT id FROM line)) AND m.access_level = 50
          AND m.user_id <> @userId AND u.kind <> {(int)UserKind.Bot} AND (m.expires_at IS NULL OR m.expires_at > @at)
        """,
        new { Kind = 1L, Id = groupId, userId, at = now.ToUnixTimeMilliseconds() });
}
