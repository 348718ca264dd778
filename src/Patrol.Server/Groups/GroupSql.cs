using System.Data.Common;
using System.Globalization;
using Dapper;
using Patrol.Server.Storage;

namespace Patrol.Server.Groups;

/// <summary>The groups' rows in the namespaces' table: how they are read and written.</summary>
internal static class GroupSql
{
    private const string Select = $"SELECT {Group.Columns} FROM namespaces n WHERE n.owner_id IS NULL";

    /// <summary>By id if it is a number, else by full path, whatever its case.</summary>
    public static Task<Group?> Find(DbConnection connection, string idOrFullPath) =>
        long.TryParse(idOrFullPath, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? Find(connection, id)
            : connection.QueryFirstOrDefaultAsync<Group>($"{Select} AND n.full_path_key = @key", new { key = idOrFullPath.ToLowerInvariant() });

    public static Task<Group?> Find(DbConnection connection, long id) =>
        connection.QueryFirstOrDefaultAsync<Group>($"{Select} AND n.id = @id", new { id });

    public static Task<Group?> Find(WriteScope scope, long id) => scope.First<Group>($"{Select} AND n.id = @id", new { id });
}
