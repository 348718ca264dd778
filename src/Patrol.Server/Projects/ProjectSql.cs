using System.Data.Common;
using System.Globalization;
using Dapper;
using Patrol.Server.Storage;

namespace Patrol.Server.Projects;

/// <summary>The projects' table: how projects are read and written.</summary>
internal static class ProjectSql
{
    private const string Select = $"SELECT {Project.Columns} FROM projects p JOIN namespaces n ON n.id = p.namespace_id";

    /// <summary>By id if it is a number, else by full path, whatever its case.</summary>
    public static Task<Project?> Find(DbConnection connection, string idOrFullPath) =>
        long.TryParse(idOrFullPath, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? connection.QueryFirstOrDefaultAsync<Project>($"{Select} WHERE p.id = @id", new { id })
            : connection.QueryFirstOrDefaultAsync<Project>($"{Select} WHERE p.full_path_key = @key", new { key = idOrFullPath.ToLowerInvariant() });

    public static Task<Project?> Find(WriteScope scope, long id) => scope.First<Project>($"{Select} WHERE p.id = @id", new { id });
}
