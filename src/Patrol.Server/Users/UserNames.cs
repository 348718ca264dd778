using System.Data.Common;
using Dapper;
using Patrol.Core.Results;
using Patrol.Server.Projects;
using Patrol.Server.Storage;

namespace Patrol.Server.Users;

/// <summary>What must be different for each account: the e-mail address, and the user name, which is also the name of a namespace.</summary>
internal static class UserNames
{
    /// <summary>The user name is the path of a group.</summary>
    public static readonly Refusal PathTaken = new Refusal.Invalid("username", "has already been taken");

    /// <summary>The refusal if somebody else has the address or name, or null.</summary>
    public static async Task<Refusal?> FindTaken(DbConnection connection, string username, string email, long except)
    {
        if (await connection.ExecuteScalarAsync<long>(
            "SELECT count(*) FROM users WHERE email_key = @key AND id <> @except", new { key = UserSql.Key(email), except }) > 0)
            return new Refusal.Conflict("Email has already been taken");
        return await connection.ExecuteScalarAsync<long>(
            "SELECT count(*) FROM users WHERE username_key = @key AND id <> @except", new { key = UserSql.Key(username), except }) > 0
            ? new Refusal.Conflict("Username has already been taken")
            : null;
    }

    /// <summary>Gives a user's namespace, and the projects in it, the addresses that go with a new user name.</summary>
    /// <exception cref="DbException">A group has that path.</exception>
    public static async Task Rename(WriteScope scope, User user, string username, string name)
    {
        scope.Changes.Directory = true;
        var namespaces = await scope.Query<long>(
            "UPDATE namespaces SET name = @name, full_name = @name, path = @username, full_path = @username, full_path_key = @key WHERE owner_id = @Id RETURNING id",
            new { user.Id, username, key = UserSql.Key(username), name });
        if (namespaces.Count > 0)
            await ProjectSql.Readdress(scope, namespaces, user.Username.Length, username);
    }
}
