using System.Data.Common;
using Patrol.Core.Directory;
using Patrol.Core.Results;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Storage;
using Patrol.Server.Users;

namespace Patrol.Server.Members;

/// <summary>How a request names a user: by id or by user name, so that a name of digits is not taken for an id.</summary>
internal readonly record struct UserRef(long? Id, string Username)
{
    public Task<User?> Find(DbConnection connection) => Id is { } id ? UserSql.Find(connection, id) : UserSql.FindByName(connection, Username);
}

/// <summary>Makes a user a member of a project or group.</summary>
internal sealed class AddMember(Database database)
{
    private static readonly Refusal Already = new Refusal.Conflict("Member already exists");

    /// <param name="caller">Who gives the membership; nobody gives more than they have.</param>
    /// <param name="resource">Of what.</param>
    /// <param name="who">To whom.</param>
    /// <param name="level">What it lets them do.</param>
    /// <param name="expiresAt">The first instant at which it no longer counts.</param>
    /// <param name="now">When.</param>
    public async Task<Result<Member>> Handle(
        Caller caller, VisibleResource resource, UserRef who, AccessLevel level, DateTimeOffset? expiresAt, DateTimeOffset now)
    {
        if (!AccessRules.MayManage(resource.Level, resource.Resource.IsGroup, level))
            return new Refusal.Forbidden();
        if (await database.Read(connection => who.Find(connection)) is not { } user)
            return new Refusal.NotFound("User");
        try
        {
            var added = await database.Write<Result<Membership>>(async scope =>
            {
                if (await UserSql.Find(scope, user.Id) is null)
                    return new Refusal.NotFound("User");
                if (await MemberSql.Find(scope, resource.Resource, user.Id, now) is not null)
                    return Already;
                if (user.IsBot)
                    return new Refusal.Invalid("user", "project bots cannot be added to other groups / projects");
                if (await MemberRules.Check(scope, resource.Resource, user.Id, level, expiresAt, now) is { } refusal)
                    return refusal;
                await MemberSql.Insert(scope, resource.Resource, user.Id, level, expiresAt, caller.User.Id, now);
                await AuditLog.Write(
                    scope, caller, "member.add", resource.Resource.IsGroup ? "group" : "project", resource.Resource.Id,
                    $"{user.Username} as {level} of {resource.FullPath}", now);
                return (await MemberSql.Find(scope, resource.Resource, user.Id, now))!;
            });
            return added.Map(membership => new Member(membership, user, caller.User));
        }
        catch (DbException fault) when (database.IsDuplicate(fault))
        {
            return Already;
        }
    }
}
