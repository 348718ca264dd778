using Patrol.Core.Directory;
using Patrol.Core.Results;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Members;
using Patrol.Server.Storage;

namespace Patrol.Server.Groups;

/// <summary>Deletes a group with everything in it, at once and for good.</summary>
internal sealed class DeleteGroup(Database database)
{
    public async Task<Result<Done>> Handle(Caller caller, VisibleResource group, DateTimeOffset now)
    {
        if (group.Level < AccessLevel.Owner)
            return new Refusal.Forbidden();
        return await database.Write<Result<Done>>(async scope =>
        {
            await GroupDeletion.Delete(scope, group.Resource.Id);
            await AuditLog.Write(scope, caller, "group.delete", "group", group.Resource.Id, group.FullPath, now);
            return default(Done);
        });
    }
}
