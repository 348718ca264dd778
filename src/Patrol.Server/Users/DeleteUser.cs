using Patrol.Core.Results;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Groups;
using Patrol.Server.Members;
using Patrol.Server.Projects;
using Patrol.Server.Storage;

namespace Patrol.Server.Users;

/// <summary>
/// Deletes an account with its tokens, memberships and personal projects. Administrators only; there is always one left, and no
/// group is left without an owner unless it is to go, too.
/// </summary>
internal sealed class DeleteUser(Database database)
{
    private const string SoleOwnerOf = """
        SELECT m.resource_id FROM members m JOIN namespaces n ON n.id = m.resource_id
        WHERE m.resource_kind = 1 AND m.user_id = @id AND m.access_level = 50 AND (m.expires_at IS NULL OR m.expires_at > @at)
          AND NOT EXISTS (
            SELECT 1 FROM members o JOIN users u ON u.id = o.user_id
            WHERE o.resource_kind = 1 AND o.resource_id = m.resource_id AND o.access_level = 50 AND o.user_id <> m.user_id
              AND u.kind <> 6 AND (o.expires_at IS NULL OR o.expires_at > @at))
        """;

    /// <param name="caller">Who deletes.</param>
    /// <param name="id">The user.</param>
    /// <param name="withGroups">Groups that nobody else owns are deleted, too; otherwise they keep the user from being deleted.</param>
    /// <param name="now">When.</param>
    public async Task<Result<Done>> Handle(Caller caller, long id, bool withGroups, DateTimeOffset now)
    {
        if (!caller.IsAdmin)
            return new Refusal.Forbidden();
        return await database.Write<Result<Done>>(async scope =>
        {
            await UserSql.HoldAdministrators(scope);
            if (await UserSql.Hold(scope, id) is not { } user)
                return new Refusal.NotFound("User");
            if (user.IsAdmin && await UserSql.OtherAdministrators(scope, id) == 0)
                return new Refusal.Forbidden("The last administrator cannot be deleted");
            await MemberSql.HoldOwnersBeside(scope, id);
            var groups = user.IsBot ? [] : await scope.Query<long>(SoleOwnerOf, new { id, at = now.ToUnixTimeMilliseconds() });
            if (groups.Count > 0 && !withGroups)
                return new Refusal.Conflict("User cannot be removed while is the sole-owner of a group");
            foreach (var group in groups)
                await GroupDeletion.Delete(scope, group);
            await ProjectDeletion.Delete(scope, await scope.Query<long>(
                "SELECT p.id FROM projects p JOIN namespaces n ON n.id = p.namespace_id WHERE n.owner_id = @id", new { id }));
            await UserDeletion.Delete(scope, [id]);
            var detail = groups.Count == 0 ? user.Username : $"{user.Username}, and the groups {string.Join(", ", groups)}";
            await AuditLog.Write(scope, caller, "user.delete", "user", id, detail, now);
            return default(Done);
        });
    }
}
