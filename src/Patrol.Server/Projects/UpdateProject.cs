using System.Data.Common;
using Patrol.Core.Directory;
using Patrol.Core.Results;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Groups;
using Patrol.Server.Members;
using Patrol.Server.Storage;

namespace Patrol.Server.Projects;

/// <summary>What is to be different about a project; null stays as it is.</summary>
internal sealed record ProjectChange(string? Name, string? Path, string? Description, Visibility? Visibility);

/// <summary>Changes a project.</summary>
internal sealed class UpdateProject(Database database)
{
    public async Task<Result<VisibleProject>> Handle(Caller caller, VisibleResource project, ProjectChange change, DateTimeOffset now)
    {
        if (project.Level < AccessRules.Changes(isGroup: false))
            return new Refusal.Forbidden();
        try
        {
            var changed = await database.Write<Result<Project>>(async scope =>
            {
                if (await ProjectSql.Hold(scope, project.Resource.Id) is not { } before)
                    return new Refusal.NotFound("Project");
                var after = before with
                {
                    Name = change.Name ?? before.Name,
                    Path = change.Path ?? before.Path,
                    FullPath = $"{before.NamespaceFullPath}/{change.Path ?? before.Path}",
                    Description = change.Description ?? before.Description,
                    Visibility = change.Visibility ?? before.Visibility,
                    UpdatedAt = now.ToUnixTimeMilliseconds(),
                };
                if (await Check(scope, before, after) is { } refusal)
                    return refusal;
                await ProjectSql.Update(scope, after);
                await AuditLog.Write(
                    scope, caller, "project.update", "project", after.Id, $"{before.FullPath} ({before.Name}) -> {after.FullPath} ({after.Name}), {after.Visibility}", now);
                return after;
            });
            return changed.Succeeded(out var result, out var refused)
                ? await database.Read(async connection => (await VisibleProject.Load(connection, caller, [result], now))[0])
                : refused;
        }
        catch (DbException fault) when (database.IsDuplicate(fault))
        {
            return ProjectSql.PathTaken;
        }
    }

    private static async Task<Refusal?> Check(WriteScope scope, Project before, Project after)
    {
        if (ProjectSql.Check(after.Name, after.Path, after.Description) is { } refusal)
            return refusal;
        if (after.Visibility > before.Visibility && after.NamespaceOwnerId is null &&
            ProjectSql.CheckVisibility(after.Visibility, (await GroupSql.Find(scope, after.NamespaceId))!.Visibility) is { } hidden)
            return hidden;
        // One that was too long already, by its owner's new name, can still be changed otherwise.
        if (after.FullPath.Length > before.FullPath.Length && PathRules.CheckFull(after.FullPath).Refusal is { } tooLong)
            return tooLong;
        return await ProjectSql.FindTaken(scope, after);
    }
}
