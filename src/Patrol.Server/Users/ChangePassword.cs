using Microsoft.AspNetCore.Identity;
using Patrol.Core.Directory;
using Patrol.Core.Results;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Sessions;
using Patrol.Server.Storage;

namespace Patrol.Server.Users;

/// <summary>Gives somebody the password that they chose; all of their sessions end with the old one.</summary>
internal sealed class ChangePassword(Database database)
{
    /// <param name="caller">Whose it is.</param>
    /// <param name="current">What <see cref="CheckPassword"/> found right.</param>
    /// <param name="password">The new one.</param>
    /// <param name="now">When.</param>
    /// <returns>The new password as found right, for a new session.</returns>
    public async Task<Result<PasswordCheck>> Handle(Caller caller, PasswordCheck current, string password, DateTimeOffset now)
    {
        if (AccountRules.CheckPassword(password).Refusal is { } refusal)
            return refusal;
        var hash = new PasswordHasher<User>().HashPassword(caller.User, password);
        return await database.Write<Result<PasswordCheck>>(async scope =>
        {
            if (!await UserSql.HoldActive(scope, caller.User.Id, current.Hash) || await UserSql.Find(scope, caller.User.Id) is not { } user)
                return new Refusal.Conflict("The password was changed at the same moment");
            await UserSql.Update(scope, user, hash, now);
            await SessionSql.EndAll(scope, user.Id);
            await AuditLog.Write(scope, caller, "user.update", "user", user.Id, "password", now);
            return new PasswordCheck(PasswordVerdict.Right, user) { Hash = hash };
        });
    }
}
