using System.Data.Common;
using Dapper;
using Patrol.Server.Members;
using Patrol.Server.Storage;

namespace Patrol.Server.Users;

/// <summary>The users' table: how users are read and written.</summary>
internal static class UserSql
{
    private const string Select = $"SELECT {User.Columns} FROM users u";

    public static Task<User?> Find(DbConnection connection, long id) =>
        connection.QueryFirstOrDefaultAsync<User>($"{Select} WHERE u.id = @id", new { id });

    /// <summary>By user name, whatever its case.</summary>
    public static Task<User?> FindByName(DbConnection connection, string username) =>
        connection.QueryFirstOrDefaultAsync<User>($"{Select} WHERE u.username_key = @key", new { key = Key(username) });

    /// <summary>By id if it is a number, else by user name.</summary>
    public static Task<User?> FindByIdOrName(DbConnection connection, string idOrName) =>
        long.TryParse(idOrName, out var id) ? Find(connection, id)
        // A null byte is in nobody's name, and PostgreSQL takes none in a text.
        : idOrName.Contains('\0', StringComparison.Ordinal) ? Task.FromResult<User?>(null)
        : FindByName(connection, idOrName);

    /// <summary>By what people sign in with: the user name or the e-mail address, whatever the case; with the hash of the password, if there is one.</summary>
    public static async Task<(User User, string? PasswordHash)?> FindByLogin(DbConnection connection, string login)
    {
        var column = login.Contains('@') ? "email_key" : "username_key";
        if (await connection.QueryFirstOrDefaultAsync<User>($"{Select} WHERE u.{column} = @key", new { key = Key(login) }) is not { } user)
            return null;
        return (user, await connection.ExecuteScalarAsync<string?>("SELECT password_hash FROM users WHERE id = @Id", new { user.Id }));
    }

    /// <summary>
    /// True if the user is active and, where a hash is given, still has that password. Holds the user's row, so that nobody blocks them
    /// or changes the password before the transaction ends.
    /// </summary>
    public static async Task<bool> HoldActive(WriteScope scope, long id, string? passwordHash) =>
        await scope.Execute(
            "UPDATE users SET state = state WHERE id = @id AND state = 'active' AND password_hash IS NOT DISTINCT FROM coalesce(@passwordHash, password_hash)",
            new { id, passwordHash }) == 1;

    /// <summary>The users who may not sign in.</summary>
    public static async Task<HashSet<long>> BlockedIds(DbConnection connection) =>
        [.. await connection.QueryAsync<long>("SELECT id FROM users WHERE state <> 'active'")];

    /// <summary>The bots of a project or group.</summary>
    public static async Task<HashSet<long>> BotsOf(DbConnection connection, ResourceRef resource) =>
        [.. await connection.QueryAsync<long>("SELECT id FROM users WHERE bot_resource_kind = @Kind AND bot_resource_id = @Id", new { resource.Kind, resource.Id })];

    /// <inheritdoc cref="FindByName(DbConnection, string)"/>
    public static Task<User?> FindByName(WriteScope scope, string username) =>
        scope.First<User>($"{Select} WHERE u.username_key = @key", new { key = Key(username) });

    public static Task<User?> Find(WriteScope scope, long id) => scope.First<User>($"{Select} WHERE u.id = @id", new { id });

    /// <summary>The user, whom nobody else changes before the transaction ends.</summary>
    public static async Task<User?> Hold(WriteScope scope, long id)
    {
        await scope.Hold("users", "id = @id", new { id });
        return await Find(scope, id);
    }

    /// <summary>
    /// Holds the administrators, so that of two who take each other's rights the second finds itself the last. Comes before any other
    /// user is held.
    /// </summary>
    public static Task HoldAdministrators(WriteScope scope) => scope.Hold("users", "admin = 1 AND state = 'active'");

    /// <summary>By e-mail address, whatever its case.</summary>
    public static Task<User?> FindByEmail(WriteScope scope, string email) => scope.First<User>($"{Select} WHERE u.email_key = @key", new { key = Key(email) });

    /// <summary>The users that there are among these ids.</summary>
    public static async Task<Dictionary<long, User>> Load(DbConnection connection, IEnumerable<long> ids)
    {
        var users = new Dictionary<long, User>();
        foreach (var part in ids.Distinct().Chunk(IdList.Longest))
        {
            var (list, parameters) = IdList.Of(part);
            foreach (var user in await connection.QueryAsync<User>($"{Select} WHERE u.id IN {list}", parameters))
                users[user.Id] = user;
        }
        return users;
    }

    /// <summary>Stores a new user, and for a person the personal namespace; answers the user's id.</summary>
    public static async Task<long> Insert(WriteScope scope, User user, string? passwordHash, DateTimeOffset now)
    {
        var at = now.ToUnixTimeMilliseconds();
        var id = await scope.Scalar<long>(
            """
            INSERT INTO users (username, username_key, name, email, email_key, kind, admin, external, can_create_group, private_profile,
                               state, password_hash, note, bot_resource_kind, bot_resource_id, created_by, created_at, updated_at, preferred_language)
            VALUES (@Username, @UsernameKey, @Name, @Email, @EmailKey, @Kind, @IsAdmin, @IsExternal, @CanCreateGroup, @PrivateProfile,
                    @State, @passwordHash, @Note, @BotResourceKind, @BotResourceId, @CreatedBy, @at, @at, @PreferredLanguage)
            RETURNING id
            """,
            new
            {
                user.Username,
                UsernameKey = Key(user.Username),
                user.Name,
                user.Email,
                EmailKey = Key(user.Email),
                Kind = (long)user.Kind,
                IsAdmin = user.IsAdmin ? 1L : 0,
                IsExternal = user.IsExternal ? 1L : 0,
                CanCreateGroup = user.CanCreateGroup ? 1L : 0,
                PrivateProfile = user.PrivateProfile ? 1L : 0,
                user.State,
                passwordHash,
                user.Note,
                user.BotResourceKind,
                user.BotResourceId,
                user.CreatedBy,
                user.PreferredLanguage,
                at,
            });
        if (user.Kind == UserKind.Human)
        {
            await scope.Execute(
                """
                INSERT INTO namespaces (owner_id, name, path, full_name, full_path, full_path_key, description, visibility, created_at)
                VALUES (@id, @Name, @Username, @Name, @Username, @key, '', 20, @at)
                """,
                new { id, user.Name, user.Username, key = Key(user.Username), at });
        }
        return id;
    }

    /// <summary>Stores what is different about a user; the password only if there is a new one.</summary>
    public static async Task Update(WriteScope scope, User user, string? passwordHash, DateTimeOffset now)
    {
        await scope.Execute(
            """
            UPDATE users SET username = @Username, username_key = @UsernameKey, name = @Name, email = @Email, email_key = @EmailKey, admin = @IsAdmin,
                external = @IsExternal, can_create_group = @CanCreateGroup, private_profile = @PrivateProfile, note = @Note, preferred_language = @PreferredLanguage, updated_at = @at,
                password_hash = coalesce(@passwordHash, password_hash)
            WHERE id = @Id
            """,
            new
            {
                user.Id,
                user.Username,
                UsernameKey = Key(user.Username),
                user.Name,
                user.Email,
                EmailKey = Key(user.Email),
                IsAdmin = user.IsAdmin ? 1L : 0,
                IsExternal = user.IsExternal ? 1L : 0,
                CanCreateGroup = user.CanCreateGroup ? 1L : 0,
                PrivateProfile = user.PrivateProfile ? 1L : 0,
                user.Note,
                user.PreferredLanguage,
                passwordHash,
                at = now.ToUnixTimeMilliseconds(),
            });
        scope.Changes.Users.Add(user.Id);
    }

    /// <summary>How many administrators there are who can sign in, besides this user. Needs <see cref="HoldAdministrators"/> before.</summary>
    public static Task<long> OtherAdministrators(WriteScope scope, long id) =>
        scope.Scalar<long>("SELECT count(*) FROM users WHERE admin = 1 AND state = 'active' AND id <> @id", new { id });

    /// <summary>The form in which user names and addresses are compared.</summary>
    public static string Key(string text) => text.ToLowerInvariant();
}
