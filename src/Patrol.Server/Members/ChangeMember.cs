using Patrol.Core.Directory;
using Patrol.Core.Results;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Storage;
using Patrol.Server.Users;

namespace Patrol.Server.Members;

/// <summary>Changes what a membership lets its user do, and until when.</summary>
internal sealed class ChangeMember(Database database)
{
    /// <param name="caller">Who changes it.</param>
    /// <param name="resource">Of what.</param>
    /// <param name="userId">Whose.</param>
    /// <param name="level">The new level.</param>
    /// <param name="setExpiry">The date changes, too.</param>
    /// <param name="expiresAt">With <paramref name="setExpiry"/>: the first instant at which it no longer counts; null for never.</param>
    /// <param name="now">When.</param>
    public async Task<Result<Member>> Handle(
        Caller caller, VisibleResource resource, long userId, AccessLevel level, bool setExpiry, DateTimeOffset? expiresAt, DateTimeOffset now)
    {
        var changed = await database.Write<Result<Membership>>(async scope =>
        {
            if (resource.Level < AccessRules.ManagesMembers(resource.Resource.IsGroup))
                return new Refusal.Forbidden();
            if (await MemberSql.Hold(scope, resource.Resource, userId, now) is not { } before || await UserSql.Find(scope, userId) is not { } user)
                return new Refusal.NotFound("Member");
            var highest = level > before.Level ? level : before.Level;
            if (!AccessRules.MayManage(resource.Level, resource.Resource.IsGroup, highest) ||
                (level < before.Level && await MemberRules.IsLastOwner(scope, before, user, now)))
                return new Refusal.Forbidden();
            if (await MemberRules.Check(scope, resource.Resource, userId, level, setExpiry ? expiresAt : null, now) is { } refusal)
                return refusal;
            var after = before with { Level = level, ExpiresAt = setExpiry ? expiresAt?.ToUnixTimeMilliseconds() : before.ExpiresAt };
            await scope.Execute(
                "UPDATE members SET access_level = @level, expires_at = @ExpiresAt WHERE id = @Id", new { level = (long)level, after.ExpiresAt, after.Id });
            scope.Changes.Users.Add(userId);
            scope.Changes.Directory = true;
            await AuditLog.Write(
                scope, caller, "member.change", resource.Resource.IsGroup ? "group" : "project", resource.Resource.Id,
                $"{user.Username} from {before.Level} to {level} of {resource.FullPath}", now);
            return after;
        });
        return changed.Succeeded(out var membership, out var refused)
            ? await database.Read(async connection => (await MemberSql.WithPeople(connection, [membership]))[0])
            : refused;
    }
}
