using System.Data.Common;
using Microsoft.AspNetCore.Identity;
using Patrol.Core.Directory;
using Patrol.Core.Results;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Sessions;
using Patrol.Server.Storage;

namespace Patrol.Server.Users;

/// <summary>What is to be different about a user; null stays as it is.</summary>
internal sealed record UserChange
{
    public string? Username { get; init; }
    public string? Name { get; init; }
    public string? Email { get; init; }
    public string? Password { get; init; }
    public bool? IsAdmin { get; init; }
    public bool? IsExternal { get; init; }
    public bool? CanCreateGroup { get; init; }
    public bool? PrivateProfile { get; init; }
    public string? Note { get; init; }
    public string? PreferredLanguage { get; init; }

    public User ApplyTo(User user) => user with
    {
        Username = Username ?? user.Username,
        Name = Name ?? user.Name,
        Email = Email ?? user.Email,
        IsAdmin = IsAdmin ?? user.IsAdmin,
        IsExternal = IsExternal ?? user.IsExternal,
        CanCreateGroup = CanCreateGroup ?? user.CanCreateGroup,
        PrivateProfile = PrivateProfile ?? user.PrivateProfile,
        Note = Note ?? user.Note,
        PreferredLanguage = PreferredLanguage ?? user.PreferredLanguage,
    };
}

/// <summary>Changes an account. Administrators only, and there is always one left.</summary>
internal sealed class UpdateUser(Database database)
{
    public async Task<Result<UserProfile>> Handle(Caller caller, long id, UserChange change, DateTimeOffset now)
    {
        if (!caller.IsAdmin)
            return new Refusal.Forbidden();
        var before = await database.Read(connection => UserSql.Find(connection, id));
        if (before is null)
            return new Refusal.NotFound("User");
        var wanted = change.ApplyTo(before);
        if (await database.Read(connection => UserNames.FindTaken(connection, wanted.Username, wanted.Email, except: id)) is { } taken)
            return taken;
        if (Check(before, change) is { } refusal)
            return refusal;
        var hash = change.Password is null ? null : new PasswordHasher<User>().HashPassword(wanted, change.Password);
        try
        {
            var result = await database.Write<Result<Done>>(scope => Write(scope, caller, id, change, hash, now));
            return result.Refusal is { } refused
                ? refused
                : await database.Read(async connection => await UserProfile.Load(connection, (await UserSql.Find(connection, id))!));
        }
        catch (DbException fault) when (database.IsDuplicate(fault))
        {
            return await database.Read(connection => UserNames.FindTaken(connection, wanted.Username, wanted.Email, except: id)) ?? UserNames.PathTaken;
        }
    }

    private static async Task<Result<Done>> Write(WriteScope scope, Caller caller, long id, UserChange change, string? hash, DateTimeOffset now)
    {
        if (change.IsAdmin == false)
            await UserSql.HoldAdministrators(scope);
        if (await UserSql.Hold(scope, id) is not { } before)
            return new Refusal.NotFound("User");
        var user = change.ApplyTo(before);
        if (before.IsAdmin && !user.IsAdmin && await UserSql.OtherAdministrators(scope, id) == 0)
            return new Refusal.Forbidden("The last administrator cannot be demoted");
        await UserSql.Update(scope, user, hash, now);
        if (hash is not null)
            await SessionSql.EndAll(scope, id);
        if (user.Username != before.Username || user.Name != before.Name)
            await UserNames.Rename(scope, before, user.Username, user.Name);
        await AuditLog.Write(scope, caller, "user.update", "user", id, Describe(before, user, hash is not null), now);
        return default(Done);
    }

    private static Refusal? Check(User before, UserChange change) =>
        (change.Email is { } email ? AccountRules.CheckEmail(email).Refusal : null)
        ?? (change.Password is { } password ? AccountRules.CheckPassword(password).Refusal : null)
        ?? (change.Name is { } name ? NameRules.CheckPerson(name).Refusal : null)
        ?? (change.PreferredLanguage is { } language ? NameRules.CheckLanguage(language).Refusal : null)
        ?? (change.Username is { } username && username != before.Username ? PathRules.CheckTopLevel("username", username).Refusal : null);

    private static string Describe(User before, User after, bool password)
    {
        var differences = new List<string>();
        void Note(string what, object? from, object? to)
        {
            if (!Equals(from, to))
                differences.Add($"{what}: {from} -> {to}");
        }
        Note("username", before.Username, after.Username);
        Note("name", before.Name, after.Name);
        Note("email", before.Email, after.Email);
        Note("administrator", before.IsAdmin, after.IsAdmin);
        Note("external", before.IsExternal, after.IsExternal);
        Note("can create groups", before.CanCreateGroup, after.CanCreateGroup);
        if (password)
            differences.Add("password");
        return differences.Count == 0 ? "nothing of weight" : string.Join("; ", differences);
    }
}
