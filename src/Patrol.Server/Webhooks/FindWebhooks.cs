using Patrol.Server.Members;
using Patrol.Server.Storage;

namespace Patrol.Server.Webhooks;

/// <summary>Lists webhooks of a project, a group, or (null) the instance.</summary>
internal sealed class FindWebhooks(Database database)
{
    public Task<Listing<Webhook>> Handle(ResourceRef? resource, ListingPart part) => database.Read(connection => WebhookSql.List(connection, resource, part));

    /// <summary>One of them, or null.</summary>
    public Task<Webhook?> One(ResourceRef? resource, long id) => database.Read(connection => WebhookSql.Find(connection, resource, id));
}
