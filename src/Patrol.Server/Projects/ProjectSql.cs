using System.Data.Common;
using System.Globalization;
using Dapper;
using Patrol.Core.Directory;
using Patrol.Core.Results;
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

    /// <summary>The project, which nobody else changes before the transaction ends.</summary>
    public static async Task<Project?> Hold(WriteScope scope, long id)
    {
        await scope.Hold("projects", "id = @id", new { id });
        return await Find(scope, id);
    }

    public static Task<Project?> Find(WriteScope scope, long id) => scope.First<Project>($"{Select} WHERE p.id = @id", new { id });

    public static readonly Refusal.Invalid PathTaken = new("path", "has already been taken");

    /// <summary>Checks what can be checked without looking at other projects.</summary>
    public static Refusal? Check(string name, string path, string? description) =>
        NameRules.CheckProject(name).Refusal
        ?? PathRules.Check("path", path).Refusal
        ?? NameRules.CheckLength("description", description ?? "", NameRules.MaximumProjectDescription).Refusal;

    /// <summary>A project is not seen by more people than the group that it is in.</summary>
    public static Refusal? CheckVisibility(Visibility wanted, Visibility group) => wanted <= group ? null : new Refusal.Invalid(
        "visibility_level", $"{wanted.ToString().ToLowerInvariant()} is not allowed in a {group.ToString().ToLowerInvariant()} group.");

    /// <summary>The refusal if another project in the namespace has the name, or anything has the address; or null.</summary>
    public static async Task<Refusal?> FindTaken(WriteScope scope, Project project)
    {
        var path = await scope.Scalar<long>(
            """
            SELECT (SELECT count(*) FROM namespaces WHERE full_path_key = @key) + (SELECT count(*) FROM projects WHERE full_path_key = @key AND id <> @Id)
            """,
            new { key = project.FullPath.ToLowerInvariant(), project.Id }) > 0 ? PathTaken : null;
        var name = await scope.Scalar<long>(
            "SELECT count(*) FROM projects WHERE namespace_id = @NamespaceId AND name = @Name AND id <> @Id",
            new { project.NamespaceId, project.Name, project.Id }) > 0;
        const string why = "has already been taken";
        return name ? new Refusal.Invalid("project_namespace.name", why) { Also = new Refusal.Invalid("name", why) { Also = path } } : path;
    }

    /// <summary>Stores a new project; answers its id.</summary>
    /// <exception cref="DbException">The name or path is taken.</exception>
    public static Task<long> Insert(WriteScope scope, Project project)
    {
        scope.Changes.Directory = true;
        return scope.Scalar<long>(
            """
            INSERT INTO projects (namespace_id, creator_id, name, path, full_path, full_path_key, description, visibility, created_at, updated_at)
            VALUES (@NamespaceId, @CreatorId, @Name, @Path, @FullPath, @key, @Description, @Visibility, @CreatedAt, @CreatedAt)
            RETURNING id
            """,
            Values(project));
    }

    /// <summary>Stores a changed project.</summary>
    /// <exception cref="DbException">The name or path is taken.</exception>
    public static Task Update(WriteScope scope, Project project)
    {
        scope.Changes.Directory = true;
        return scope.Execute(
            """
            UPDATE projects SET name = @Name, path = @Path, full_path = @FullPath, full_path_key = @key, description = @Description,
                visibility = @Visibility, updated_at = @UpdatedAt
            WHERE id = @Id
            """,
            Values(project));
    }

    /// <summary>Gives the projects in namespaces that were renamed the addresses that go with it.</summary>
    /// <param name="scope">The transaction that renames them.</param>
    /// <param name="namespaces">The namespace that was renamed, and all below it.</param>
    /// <param name="oldLength">The length of its old full path, in characters.</param>
    /// <param name="path">Its new full path.</param>
    public static Task Readdress(WriteScope scope, IReadOnlyCollection<long> namespaces, int oldLength, string path)
    {
        scope.Changes.Directory = true;
        return scope.Execute(
            $"""
            UPDATE projects SET full_path = @path || substr(full_path, @oldLength + 1), full_path_key = @key || substr(full_path_key, @oldLength + 1)
            WHERE namespace_id IN ({string.Join(',', namespaces)})
            """,
            new { path, key = path.ToLowerInvariant(), oldLength });
    }

    private static object Values(Project project) => new
    {
        project.Id,
        project.NamespaceId,
        project.CreatorId,
        project.Name,
        project.Path,
        project.FullPath,
        key = project.FullPath.ToLowerInvariant(),
        project.Description,
        Visibility = (long)project.Visibility,
        project.CreatedAt,
        project.UpdatedAt,
    };
}
