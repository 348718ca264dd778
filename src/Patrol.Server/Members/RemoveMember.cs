using Patrol.Core.Directory;
using Patrol.Core.Results;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Storage;
using Patrol.Server.Users;

namespace Patrol.Server.Members;

/// <summary>Ends a membership. Everybody may leave, but for the last owner of a group.</summary>
internal sealed class RemoveMember(Database database)
{
    private const string Below = """
        WITH RECURSIVE tree(id) AS (
            SELECT n.id FROM namespaces n WHERE n.id = @Id
            UNION
            SELECT n.id FROM namespaces n JOIN tree t ON n.parent_id = t.id
        )
        DELETE FROM members WHERE user_id = @userId AND (
            (resource_kind = 1 AND resource_id IN (SELECT id FROM tree))
            OR (resource_kind = 0 AND resource_id IN (SELECT p.id FROM projects p WHERE p.namespace_id IN (SELECT id FROM tree))))
        """;

    /// <param name="caller">Who ends it.</param>
    /// <param name="resource">Of what.</param>
    /// <param name="userId">Whose.</param>
    /// <param name="keepBelow">For a group: memberships of what is in it stay.</param>
    /// <param name="now">When.</param>
    public Task<Result<Done>> Handle(Caller caller, VisibleResource resource, long userId, bool keepBelow, DateTimeOffset now) =>
        database.Write<Result<Done>>(async scope =>
        {
            var (isGroup, id) = resource.Resource;
            if (await MemberSql.Hold(scope, resource.Resource, userId, now) is not { } membership || await UserSql.Find(scope, userId) is not { } user)
                return new Refusal.NotFound("Member");
            if ((!caller.Is(userId) && !AccessRules.MayManage(resource.Level, isGroup, membership.Level)) ||
                await MemberRules.IsLastOwner(scope, membership, user, now))
                return new Refusal.Forbidden();
            await scope.Execute("DELETE FROM members WHERE id = @Id", new { membership.Id });
            if (isGroup && !keepBelow)
                await scope.Execute(Below, new { Id = id, userId });
            scope.Changes.Users.Add(userId);
            scope.Changes.Directory = true;
            await AuditLog.Write(scope, caller, "member.remove", isGroup ? "group" : "project", id, $"{user.Username} from {resource.FullPath}", now);
            return default(Done);
        });
}
