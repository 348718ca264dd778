using Patrol.Server.Members;
using Patrol.Server.Storage;
using Patrol.Server.Users;
using Patrol.Server.Webhooks;

namespace Patrol.Server.Projects;

/// <summary>Deletes projects with all that hangs on them: bots with their tokens, and memberships.</summary>
internal static class ProjectDeletion
{
    private const int IdsPerStatement = 1000;

    public static async Task Delete(WriteScope scope, IReadOnlyCollection<long> ids)
    {
        await UserDeletion.DeleteBots(scope, ofGroups: false, ids);
        await WebhookSql.DeleteAll(scope, ofGroups: false, ids);
        await MemberSql.DeleteAll(scope, ofGroups: false, ids);
        scope.Changes.Directory = true;
        foreach (var part in ids.Chunk(IdsPerStatement))
            await scope.Execute($"DELETE FROM projects WHERE id IN ({string.Join(',', part)})");
    }
}
