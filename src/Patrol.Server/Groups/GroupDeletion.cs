using Patrol.Server.Members;
using Patrol.Server.Projects;
using Patrol.Server.Storage;
using Patrol.Server.Users;
using Patrol.Server.Webhooks;

namespace Patrol.Server.Groups;

/// <summary>Deletes a group with all that hangs on it: groups and projects in it, their bots with their tokens, and memberships.</summary>
internal static class GroupDeletion
{
    public static async Task Delete(WriteScope scope, long groupId)
    {
        var groups = await scope.Query<long>($"{GroupSql.Tree} SELECT id FROM tree", new { groupId });
        var projects = await scope.Query<long>($"{GroupSql.Tree} SELECT p.id FROM projects p JOIN tree t ON t.id = p.namespace_id", new { groupId });
        await ProjectDeletion.Delete(scope, projects);
        await UserDeletion.DeleteBots(scope, ofGroups: true, groups);
        await WebhookSql.DeleteAll(scope, ofGroups: true, groups);
        await MemberSql.DeleteAll(scope, ofGroups: true, groups);
        scope.Changes.Directory = true;
        await scope.Execute("DELETE FROM namespaces WHERE id = @groupId", new { groupId });
    }
}
