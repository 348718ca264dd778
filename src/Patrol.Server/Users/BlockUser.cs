using Patrol.Core.Results;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Sessions;
using Patrol.Server.Storage;

namespace Patrol.Server.Users;

/// <summary>Blocks users and lets them in again. A blocked user's tokens stop working with the same transaction and work again after it is undone; sessions end.</summary>
internal sealed class BlockUser(Database database)
{
    /// <summary>Answers whether this call changed anything.</summary>
    public async Task<Result<bool>> Handle(Caller caller, long id, bool blocked, DateTimeOffset now)
    {
        if (!caller.IsAdmin)
            return new Refusal.Forbidden();
        return await database.Write<Result<bool>>(async scope =>
        {
            if (blocked)
                await UserSql.HoldAdministrators(scope);
            if (await UserSql.Hold(scope, id) is not { } user)
                return new Refusal.NotFound("User");
            if (blocked && caller.Is(id))
                return new Refusal.Forbidden("The API initiating user cannot be blocked by the API");
            if (blocked == !user.IsActive)
                return false;
            // Only of two who block each other at the same moment: whoever blocks is an administrator, too.
            if (blocked && user.IsAdmin && await UserSql.OtherAdministrators(scope, id) == 0)
                return new Refusal.Forbidden("The last administrator cannot be blocked");
            await scope.Execute(
                "UPDATE users SET state = @state, updated_at = @at WHERE id = @id",
                new { id, state = blocked ? User.Blocked : User.Active, at = now.ToUnixTimeMilliseconds() });
            scope.Changes.Users.Add(id);
            if (blocked)
                await SessionSql.EndAll(scope, id);
            await AuditLog.Write(scope, caller, blocked ? "user.block" : "user.unblock", "user", id, user.Username, now);
            return true;
        });
    }
}
