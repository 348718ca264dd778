using Patrol.Core.Directory;
using Patrol.Core.Results;
using Patrol.Server.Storage;
using Patrol.Server.Users;

namespace Patrol.Server.Members;

/// <summary>What must hold of a membership whoever gives or changes it.</summary>
internal static class MemberRules
{
    /// <summary>A membership below one in a group above would say less than what holds anyway, and one that has ended says nothing.</summary>
    public static async Task<Refusal?> Check(
        WriteScope scope, ResourceRef resource, long userId, AccessLevel level, DateTimeOffset? expiresAt, DateTimeOffset now)
    {
        if (expiresAt < now)
            return new Refusal.Invalid("expires_at", "cannot be a date in the past");
        return await MemberSql.Inherited(scope, resource, userId, now) is var (inherited, group) && inherited > level
            ? new Refusal.Invalid("access_level", $"should be greater than or equal to {inherited} inherited membership from group {group}")
            : null;
    }

    /// <summary>True if, without this membership, nobody would be left who owns the group, or the owner of a personal project would not own it.</summary>
    public static async Task<bool> IsLastOwner(WriteScope scope, Membership membership, User user, DateTimeOffset now)
    {
        if (membership.Level < AccessLevel.Owner || user.IsBot)
            return false;
        if (membership.ResourceKind == 1)
            return await MemberSql.OtherOwners(scope, membership.ResourceId, user.Id, now) == 0;
        return await scope.Scalar<long>(
            "SELECT count(*) FROM projects p JOIN namespaces n ON n.id = p.namespace_id WHERE p.id = @ResourceId AND n.owner_id = @UserId",
            new { membership.ResourceId, membership.UserId }) > 0;
    }
}
