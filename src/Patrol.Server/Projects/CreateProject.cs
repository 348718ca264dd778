using System.Data.Common;
using Patrol.Core.Directory;
using Patrol.Core.Results;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Members;
using Patrol.Server.Storage;

namespace Patrol.Server.Projects;

/// <summary>A project to be made.</summary>
/// <param name="Name">Its name; null to take the path.</param>
/// <param name="Path">Its path; null to make one from the name.</param>
/// <param name="NamespaceId">The group or personal namespace; null for the caller's own.</param>
/// <param name="Description">What it is for.</param>
/// <param name="Visibility">Who may see it.</param>
internal sealed record NewProject(string? Name, string? Path, long? NamespaceId, string? Description, Visibility Visibility);

/// <summary>Makes a project, in the caller's own namespace or in a group in which the caller may.</summary>
internal sealed class CreateProject(Database database)
{
    private static readonly Refusal NoNamespace = new Refusal.Invalid("namespace", "is not valid");

    public async Task<Result<VisibleProject>> Handle(Caller caller, NewProject wanted, DateTimeOffset now)
    {
        var name = string.IsNullOrEmpty(wanted.Name) ? wanted.Path ?? "" : wanted.Name;
        var path = string.IsNullOrEmpty(wanted.Path) ? PathRules.FromName(name) : wanted.Path;
        if (ProjectSql.Check(name, path, wanted.Description) is { } refusal)
            return refusal;
        try
        {
            var made = await database.Write<Result<Project>>(async scope =>
            {
                if (await FindPlace(scope, caller, wanted.NamespaceId, now) is not { } place)
                    return NoNamespace;
                if (place.OwnerId is null && ProjectSql.CheckVisibility(wanted.Visibility, (Visibility)place.Visibility) is { } hidden)
                    return hidden;
                var project = new Project
                {
                    NamespaceId = place.Id,
                    CreatorId = caller.User.Id,
                    Name = name,
                    Path = path,
                    FullPath = $"{place.FullPath}/{path}",
                    Description = wanted.Description,
                    Visibility = wanted.Visibility,
                    CreatedAt = now.ToUnixTimeMilliseconds(),
                };
                if (PathRules.CheckFull(project.FullPath).Refusal is { } tooLong)
                    return tooLong;
                if (await ProjectSql.FindTaken(scope, project) is { } taken)
                    return taken;
                var id = await ProjectSql.Insert(scope, project);
                if (place.OwnerId is { } owner)
                    await MemberSql.Insert(scope, new ResourceRef(IsGroup: false, id), owner, AccessLevel.Owner, null, caller.User.Id, now);
                await AuditLog.Write(scope, caller, "project.create", "project", id, project.FullPath, now);
                return (await ProjectSql.Find(scope, id))!;
            });
            return made.Succeeded(out var result, out var refused)
                ? await database.Read(async connection => (await VisibleProject.Load(connection, caller, [result], now))[0])
                : refused;
        }
        catch (DbException fault) when (database.IsDuplicate(fault))
        {
            return ProjectSql.PathTaken;
        }
    }

    private static async Task<Place?> FindPlace(WriteScope scope, Caller caller, long? namespaceId, DateTimeOffset now)
    {
        const string select = "SELECT n.id, n.owner_id, n.full_path, n.visibility FROM namespaces n";
        var place = namespaceId is { } id
            ? await scope.First<Place>($"{select} WHERE n.id = @id", new { id })
            : await scope.First<Place>($"{select} WHERE n.owner_id = @Id", new { caller.User.Id });
        if (place is null || caller.IsAdmin)
            return place;
        var may = place.OwnerId is { } owner
            ? caller.Is(owner)
            : await AccessLevels.Of(scope, caller.User.Id, new ResourceRef(IsGroup: true, place.Id), now) >= AccessRules.CreatesProjects;
        return may ? place : null;
    }

    private sealed record Place
    {
        public long Id { get; init; }
        public long? OwnerId { get; init; }
        public string FullPath { get; init; } = "";
        public long Visibility { get; init; }
    }
}
