using Patrol.Server.Storage;

namespace Patrol.Server.Users;

/// <summary>Deletes users with all that hangs on them: tokens, memberships, the personal namespace.</summary>
internal static class UserDeletion
{
    private const int IdsPerStatement = 1000;

    /// <summary>Deletes them. Projects in their personal namespaces must be gone: bots hang on those.</summary>
    public static async Task Delete(WriteScope scope, IEnumerable<long> ids)
    {
        foreach (var part in ids.Chunk(IdsPerStatement))
        {
            var list = string.Join(',', part);
            scope.Changes.Users.UnionWith(part);
            scope.Changes.Tokens.UnionWith(await scope.Query<long>($"SELECT id FROM tokens WHERE user_id IN ({list})"));
            await scope.Execute($"DELETE FROM users WHERE id IN ({list})");
        }
    }

    /// <summary>Deletes the bots of projects or groups.</summary>
    public static async Task DeleteBots(WriteScope scope, bool ofGroups, IEnumerable<long> resourceIds)
    {
        foreach (var part in resourceIds.Chunk(IdsPerStatement))
        {
            await Delete(scope, await scope.Query<long>(
                $"SELECT id FROM users WHERE bot_resource_kind = @kind AND bot_resource_id IN ({string.Join(',', part)})", new { kind = ofGroups ? 1L : 0L }));
        }
    }
}
