using System.Data.Common;
using Dapper;
using Patrol.Server.Members;
using Patrol.Server.Storage;

namespace Patrol.Server.Webhooks;

/// <summary>The webhooks' table: how webhooks are read and written.</summary>
internal static class WebhookSql
{
    private const int IdsPerStatement = 1_000;
    private const string Select = $"SELECT {Webhook.Columns} FROM hooks h";

    public static Task<Webhook?> Find(DbConnection connection, ResourceRef? resource, long id) =>
        connection.QueryFirstOrDefaultAsync<Webhook>($"{Select} WHERE h.id = @id AND {Of(resource)}", new { id, resource?.Kind, resourceId = resource?.Id });

    /// <summary>The webhook, which nobody else changes before the transaction ends.</summary>
    public static async Task<Webhook?> Hold(WriteScope scope, long id)
    {
        await scope.Hold("hooks", "id = @id", new { id });
        return await scope.First<Webhook>($"{Select} WHERE h.id = @id", new { id });
    }

    /// <summary>The webhooks of a project, a group, or (null) the instance itself.</summary>
    public static Task<Listing<Webhook>> List(DbConnection connection, ResourceRef? resource, ListingPart part)
    {
        var query = new ListingQuery().Where(Of(resource));
        query.Values.Add("Kind", resource?.Kind);
        query.Values.Add("resourceId", resource?.Id);
        return query.Read<Webhook>(connection, Webhook.Columns, "hooks h", "h.id", part);
    }

    /// <summary>The webhooks that there are among these ids.</summary>
    public static async Task<Dictionary<long, Webhook>> Load(DbConnection connection, IReadOnlyCollection<long> ids) =>
        (await connection.QueryAsync<Webhook>($"{Select} WHERE h.id IN ({string.Join(',', ids.DefaultIfEmpty(0))})")).ToDictionary(hook => hook.Id);

    /// <summary>
    /// Which webhooks want to hear of tokens of these projects and groups: their own, those of the groups above, and the instance's.
    /// </summary>
    public static async Task<List<(ResourceRef Resource, long HookId)>> Listening(DbConnection connection, IReadOnlyCollection<ResourceRef> resources)
    {
        // Seldom are there any, and then few.
        var hooks = (await connection.QueryAsync<Webhook>($"{Select} WHERE h.token_events = 1")).AsList();
        if (hooks.Count == 0)
            return [];
        var above = (await connection.QueryAsync<(long Kind, long Id, long GroupId)>($"{Lines.Sql(resources)} SELECT kind, id, group_id FROM line"))
            .ToLookup(row => new ResourceRef(row.Kind == 1, row.Id), row => row.GroupId);
        var byResource = hooks.Where(hook => hook.Resource is not null).ToLookup(hook => hook.Resource!.Value, hook => hook.Id);
        var everywhere = hooks.Where(hook => hook.Resource is null).Select(hook => hook.Id).ToList();
        return
        [
            .. resources.SelectMany(resource => byResource[resource]
                .Concat(above[resource].SelectMany(group => byResource[new ResourceRef(IsGroup: true, group)]))
                .Concat(everywhere).Distinct().Select(hook => (resource, hook))),
        ];
    }

    /// <summary>Stores a new webhook; answers its id.</summary>
    public static Task<long> Insert(WriteScope scope, Webhook hook) => scope.Scalar<long>(
        """
        INSERT INTO hooks (resource_kind, resource_id, url, name, description, token_events, verify_tls, uuid, secret, signing_key, created_at)
        VALUES (@ResourceKind, @ResourceId, @Url, @Name, @Description, @TokenEvents, @VerifyTls, @Uuid, @Secret, @SigningKey, @CreatedAt)
        RETURNING id
        """,
        Values(hook));

    public static Task Update(WriteScope scope, Webhook hook) => scope.Execute(
        """
        UPDATE hooks SET url = @Url, name = @Name, description = @Description, token_events = @TokenEvents, verify_tls = @VerifyTls,
            secret = @Secret, signing_key = @SigningKey
        WHERE id = @Id
        """,
        Values(hook));

    public static Task<int> Delete(WriteScope scope, long id) => scope.Execute("DELETE FROM hooks WHERE id = @id", new { id });

    /// <summary>Deletes the webhooks of projects or groups that go.</summary>
    public static async Task DeleteAll(WriteScope scope, bool ofGroups, IEnumerable<long> resourceIds)
    {
        foreach (var part in resourceIds.Chunk(IdsPerStatement))
            await scope.Execute($"DELETE FROM hooks WHERE resource_kind = @kind AND resource_id IN ({string.Join(',', part)})", new { kind = ofGroups ? 1L : 0L });
    }

    private static string Of(ResourceRef? resource) =>
        resource is null ? "h.resource_id IS NULL" : "h.resource_kind = @Kind AND h.resource_id = @resourceId";

    private static object Values(Webhook hook) => new
    {
        hook.Id,
        hook.ResourceKind,
        hook.ResourceId,
        hook.Url,
        hook.Name,
        hook.Description,
        TokenEvents = hook.TokenEvents ? 1L : 0,
        VerifyTls = hook.VerifyTls ? 1L : 0,
        hook.Uuid,
        hook.Secret,
        hook.SigningKey,
        hook.CreatedAt,
    };
}
