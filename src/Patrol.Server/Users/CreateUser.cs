using System.Data.Common;
using Microsoft.AspNetCore.Identity;
using Patrol.Core.Directory;
using Patrol.Core.Results;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Storage;

namespace Patrol.Server.Users;

/// <summary>Makes a person's account. Administrators only.</summary>
internal sealed class CreateUser(Database database)
{
    /// <param name="caller">Who makes it.</param>
    /// <param name="user">What the account is to be; its id does not matter.</param>
    /// <param name="password">Null for none: the account then only works through tokens until it is given one.</param>
    /// <param name="now">When.</param>
    public async Task<Result<UserProfile>> Handle(Caller caller, User user, string? password, DateTimeOffset now)
    {
        if (!caller.IsAdmin)
            return new Refusal.Forbidden();
        // A name or address that is taken is said first, as in GitLab.
        if (await database.Read(connection => UserNames.FindTaken(connection, user.Username, user.Email, except: 0)) is { } taken)
            return taken;
        if (Check(user, password) is { } refusal)
            return refusal;
        var hash = password is null ? null : new PasswordHasher<User>().HashPassword(user, password);
        try
        {
            var id = await database.Write(async scope =>
            {
                var made = await UserSql.Insert(scope, user with { CreatedBy = caller.User.Id }, hash, now);
                scope.Changes.Users.Add(made);
                await AuditLog.Write(scope, caller, "user.create", "user", made, $"{user.Username} <{user.Email}>{(user.IsAdmin ? ", administrator" : "")}", now);
                return made;
            });
            return await database.Read(async connection => await UserProfile.Load(connection, (await UserSql.Find(connection, id))!));
        }
        catch (DbException fault) when (database.IsDuplicate(fault))
        {
            return await database.Read(connection => UserNames.FindTaken(connection, user.Username, user.Email, except: 0)) ?? UserNames.PathTaken;
        }
    }

    private static Refusal? Check(User user, string? password) =>
        AccountRules.CheckEmail(user.Email).Refusal
        ?? (password is null ? null : AccountRules.CheckPassword(password).Refusal)
        ?? NameRules.CheckPerson(user.Name).Refusal
        ?? NameRules.CheckLanguage(user.PreferredLanguage).Refusal
        ?? PathRules.CheckTopLevel("username", user.Username).Refusal;
}
