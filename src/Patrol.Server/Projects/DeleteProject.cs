using Patrol.Core.Directory;
using Patrol.Core.Results;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Members;
using Patrol.Server.Storage;

namespace Patrol.Server.Projects;

/// <summary>Deletes a project with its bots and their tokens, at once and for good.</summary>
internal sealed class DeleteProject(Database database)
{
    public async Task<Result<Done>> Handle(Caller caller, VisibleResource project, DateTimeOffset now)
    {
        if (project.Level < AccessLevel.Owner)
            return new Refusal.Forbidden();
        return await database.Write<Result<Done>>(async scope =>
        {
            await ProjectDeletion.Delete(scope, [project.Resource.Id]);
            await AuditLog.Write(scope, caller, "project.delete", "project", project.Resource.Id, project.FullPath, now);
            return default(Done);
        });
    }
}
