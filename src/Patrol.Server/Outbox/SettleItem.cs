using Patrol.Core.Notices;
using Patrol.Server.Notices;
using Patrol.Server.Storage;

namespace Patrol.Server.Outbox;

/// <summary>What came of trying to send something.</summary>
/// <param name="Item">What was taken from the outbox.</param>
/// <param name="Failure">Why it could not be sent; null if it was, or is not to be.</param>
/// <param name="Reached">It was sent. If not and without a failure: there is nobody any more to send it to.</param>
internal sealed record Sending(OutboxItem Item, bool Reached, string? Failure = null);

/// <summary>
/// Writes down what came of sending. What fails is tried again, with growing pauses; when that has gone on for days, it is given
/// up, and whoever was to be told counts as not told, so that the next look for what is owed finds them again.
/// </summary>
internal sealed partial class SettleItem(Database database, ILogger<SettleItem> logger)
{
    public async Task Handle(IReadOnlyCollection<Sending> sendings, DateTimeOffset now)
    {
        if (sendings.Count == 0)
            return;
        // Null: it is given up.
        var again = sendings.Where(one => one.Failure is not null)
            .Select(one => (one.Item, Failure: one.Failure!, Next: Backoff.Next(one.Item.Attempts, DateTimeOffset.FromUnixTimeMilliseconds(one.Item.CreatedAt), now))).ToList();
        var givenUp = again.Where(one => one.Next is null).Select(one => one.Item.Id).ToList();
        await database.Write(async scope =>
        {
            foreach (var (item, failure, next) in again)
            {
                if (next is { } due)
                    await OutboxSql.PutOff(scope, item, due, failure);
            }
            await OutboxSql.Delete(scope, [.. sendings.Where(one => one.Failure is null).Select(one => one.Item.Id), .. givenUp]);
            await NoticeSql.Forget(scope, [.. sendings.Where(one => !one.Reached && one.Failure is null).Select(one => one.Item.Id), .. givenUp]);
        });
        // Said when it is written down, and not before.
        foreach (var (item, failure, next) in again)
        {
            if (next is { } due)
                PutOff(item.Kind, item.RecipientId, due, failure);
            else
                GivenUp(item.Kind, item.RecipientId, failure);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sending to {Kind} {RecipientId} failed and is tried again at {Next:u}: {Reason}")]
    private partial void PutOff(RecipientKind kind, long recipientId, DateTimeOffset next, string? reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Sending to {Kind} {RecipientId} is given up: {Reason}")]
    private partial void GivenUp(RecipientKind kind, long recipientId, string? reason);
}
