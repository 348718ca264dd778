using System.Data.Common;
using System.Globalization;
using Dapper;
using Patrol.Core.Directory;
using Patrol.Core.Results;
using Patrol.Server.Projects;
using Patrol.Server.Storage;

namespace Patrol.Server.Groups;

/// <summary>The groups' rows in the namespaces' table: how they are read and written.</summary>
internal static class GroupSql
{
    private const string Select = $"SELECT {Group.Columns} FROM namespaces n WHERE n.owner_id IS NULL";

    /// <summary>Names <c>tree</c>: a group and all groups below it. Needs <c>@groupId</c>.</summary>
    public const string Tree = """
        WITH RECURSIVE tree(id) AS (
            SELECT n.id FROM namespaces n WHERE n.id = @groupId
            UNION
            SELECT n.id FROM namespaces n JOIN tree t ON n.parent_id = t.id
        )
        """;

    /// <summary>By id if it is a number, else by full path, whatever its case.</summary>
    public static Task<Group?> Find(DbConnection connection, string idOrFullPath) =>
        long.TryParse(idOrFullPath, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? Find(connection, id)
            : connection.QueryFirstOrDefaultAsync<Group>($"{Select} AND n.full_path_key = @key", new { key = idOrFullPath.ToLowerInvariant() });

    public static Task<Group?> Find(DbConnection connection, long id) =>
        connection.QueryFirstOrDefaultAsync<Group>($"{Select} AND n.id = @id", new { id });

    /// <summary>The group, which nobody else changes before the transaction ends.</summary>
    public static async Task<Group?> Hold(WriteScope scope, long id)
    {
        await scope.Hold("namespaces", "id = @id", new { id });
        return await Find(scope, id);
    }

    public static Task<Group?> Find(WriteScope scope, long id) => scope.First<Group>($"{Select} AND n.id = @id", new { id });

    /// <summary>A user, group or project has that address.</summary>
    public static readonly Refusal Taken = new Refusal.Invalid("path", "has already been taken");

    /// <summary>True if a user, group or project has that full path.</summary>
    public static async Task<bool> PathIsTaken(WriteScope scope, string fullPath) => await scope.Scalar<long>(
        "SELECT (SELECT count(*) FROM namespaces WHERE full_path_key = @key) + (SELECT count(*) FROM projects WHERE full_path_key = @key)",
        new { key = fullPath.ToLowerInvariant() }) > 0;

    /// <summary>Nothing is seen by more people than the group that it is in.</summary>
    public static Refusal? CheckVisibility(Visibility wanted, Visibility? parent) => wanted <= (parent ?? Visibility.Public) ? null : new Refusal.Invalid(
        "visibility_level", $"{Word(wanted)} is not allowed since the parent group has a {Word(parent!.Value)} visibility.");

    /// <summary>Stores a new group; answers its id.</summary>
    /// <exception cref="DbException">The path is taken.</exception>
    public static Task<long> Insert(WriteScope scope, Group group)
    {
        scope.Changes.Directory = true;
        return scope.Scalar<long>(
            """
            INSERT INTO namespaces (parent_id, name, path, full_name, full_path, full_path_key, description, visibility, created_at)
            VALUES (@ParentId, @Name, @Path, @FullName, @FullPath, @key, @Description, @Visibility, @CreatedAt)
            RETURNING id
            """,
            Values(group));
    }

    /// <summary>Stores a changed group, and gives everything below it the addresses and full names that go with it.</summary>
    /// <exception cref="DbException">The path is taken.</exception>
    public static async Task Update(WriteScope scope, Group before, Group after)
    {
        scope.Changes.Directory = true;
        await scope.Execute(
            """
            UPDATE namespaces SET name = @Name, path = @Path, full_name = @FullName, full_path = @FullPath, full_path_key = @key,
                description = @Description, visibility = @Visibility
            WHERE id = @Id
            """,
            Values(after));
        if (before.FullPath == after.FullPath && before.FullName == after.FullName)
            return;
        var moved = new
        {
            groupId = after.Id,
            oldName = before.FullName,
            after.FullName,
            after.FullPath,
            key = after.FullPath.ToLowerInvariant(),
            length = before.FullPath.Length,
        };
        await scope.Execute(
            $"""
            {Tree}
            UPDATE namespaces SET full_name = @FullName || substr(full_name, length(@oldName) + 1),
                full_path = @FullPath || substr(full_path, @length + 1), full_path_key = @key || substr(full_path_key, @length + 1)
            WHERE id <> @groupId AND id IN (SELECT id FROM tree)
            """,
            moved);
        var namespaces = await scope.Query<long>($"{Tree} SELECT id FROM tree", moved);
        await ProjectSql.Readdress(scope, namespaces, moved.length, moved.FullPath);
    }

    private static object Values(Group group) => new
    {
        group.Id,
        group.ParentId,
        group.Name,
        group.Path,
        group.FullName,
        group.FullPath,
        key = group.FullPath.ToLowerInvariant(),
        group.Description,
        Visibility = (long)group.Visibility,
        group.CreatedAt,
    };

    private static string Word(Visibility visibility) => visibility.ToString().ToLowerInvariant();
}
