using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Storage;

namespace Patrol.Server.Webhooks;

/// <summary>Deletes a webhook; what lies in the outbox for it is not sent any more.</summary>
internal sealed class DeleteWebhook(Database database)
{
    public Task Handle(Caller caller, Webhook hook, DateTimeOffset now) => database.Write(async scope =>
    {
        if (await WebhookSql.Delete(scope, hook.Id) == 1)
            await AuditLog.Write(scope, caller, "hook.delete", "hook", hook.Id, new Uri(hook.Url).GetLeftPart(UriPartial.Authority), now);
    });
}
