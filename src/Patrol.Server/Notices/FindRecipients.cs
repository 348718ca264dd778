using Dapper;
using Patrol.Core.Directory;
using Patrol.Server.Members;
using Patrol.Server.Outbox;
using Patrol.Server.Settings;
using Patrol.Server.Storage;
using Patrol.Server.Users;
using Patrol.Server.Webhooks;

namespace Patrol.Server.Notices;

/// <summary>
/// Who is told of the tokens of projects and groups: a project's Maintainers and Owners, a group's Owners, those of the groups
/// above only if the instance says so; and the webhooks that listen there.
/// </summary>
internal sealed class FindRecipients(Database database, SettingsStore settings)
{
    /// <summary>The recipients of each of these.</summary>
    public async Task<Dictionary<ResourceRef, List<(RecipientKind Kind, long Id)>>> Handle(IReadOnlyCollection<ResourceRef> resources, DateTimeOffset now)
    {
        var found = resources.ToDictionary(resource => resource, _ => new List<(RecipientKind Kind, long Id)>());
        await database.Read(async connection =>
        {
            var people = await connection.QueryAsync<(long Kind, long Id, long UserId)>(
                $"""
                {Lines.Sql(resources)}
                SELECT DISTINCT found.kind, found.id, u.id FROM (
                    SELECT l.kind, l.id, m.user_id, m.access_level FROM line l JOIN members m ON m.resource_kind = l.kind AND m.resource_id = l.id
                    WHERE l.depth = 0 AND (m.expires_at IS NULL OR m.expires_at > @at)
                    UNION ALL
                    SELECT l.kind, l.id, m.user_id, m.access_level FROM line l JOIN members m ON m.resource_kind = 1 AND m.resource_id = l.group_id
                    WHERE l.depth > 0 AND @inherited = 1 AND (m.expires_at IS NULL OR m.expires_at > @at)
                    UNION ALL
                    SELECT l.kind, l.id, n.owner_id, 50 FROM line l JOIN namespaces n ON n.id = l.group_id WHERE n.owner_id IS NOT NULL
                ) AS found JOIN users u ON u.id = found.user_id
                WHERE found.access_level >= CASE found.kind WHEN 0 THEN {(int)AccessRules.ManagesTokens(isGroup: false)} ELSE {(int)AccessRules.ManagesTokens(isGroup: true)} END
                  AND u.kind = {(int)UserKind.Human} AND u.state = '{User.Active}'
                """,
                new { at = now.ToUnixTimeMilliseconds(), inherited = settings.Current.ResourceAccessTokenNotifyInherited ? 1L : 0L });
            foreach (var (kind, id, userId) in people)
                found[new ResourceRef(kind == 1, id)].Add((RecipientKind.Person, userId));
            foreach (var (resource, hook) in await WebhookSql.Listening(connection, resources))
                found[resource].Add((RecipientKind.Hook, hook));
            return true;
        });
        return found;
    }
}
