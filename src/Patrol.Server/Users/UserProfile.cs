using System.Data.Common;
using Dapper;
using Patrol.Server.Storage;

namespace Patrol.Server.Users;

/// <summary>A user with what else is shown of them.</summary>
/// <param name="User">The user.</param>
/// <param name="NamespaceId">The personal namespace; bots have none.</param>
/// <param name="CreatedBy">Who made the account, if that is known and still there.</param>
public sealed record UserProfile(User User, long? NamespaceId, User? CreatedBy)
{
    /// <summary>Reads what else is shown of these users.</summary>
    internal static async Task<List<UserProfile>> Load(DbConnection connection, IReadOnlyList<User> users)
    {
        if (users.Count == 0)
            return [];
        var namespaces = (await connection.QueryAsync<(long OwnerId, long Id)>(
            $"SELECT owner_id, id FROM namespaces WHERE owner_id IN ({string.Join(',', users.Select(user => user.Id))})")).ToDictionary(row => row.OwnerId, row => row.Id);
        var creators = await UserSql.Load(connection, users.Select(user => user.CreatedBy ?? 0));
        return
        [
            .. users.Select(user => new UserProfile(
                user,
                namespaces.TryGetValue(user.Id, out var id) ? id : null,
                user.CreatedBy is { } by ? creators.GetValueOrDefault(by) : null)),
        ];
    }

    internal static async Task<UserProfile> Load(DbConnection connection, User user) => (await Load(connection, [user]))[0];
}

/// <summary>Reads one user as they are shown.</summary>
internal sealed class ReadUser(Database database)
{
    /// <summary>The user with that id, or null.</summary>
    public Task<UserProfile?> Handle(long id) => database.Read(async connection =>
        await UserSql.Find(connection, id) is { } user ? await UserProfile.Load(connection, user) : null);

    /// <summary>The user with that id or name, or null.</summary>
    public Task<User?> Handle(string idOrName) => database.Read(connection => UserSql.FindByIdOrName(connection, idOrName));
}
