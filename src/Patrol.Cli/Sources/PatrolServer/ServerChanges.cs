using Patrol.Cli.Sources.Http;

namespace Patrol.Cli.Sources.PatrolServer;

/// <summary>
/// Changes of many tokens, batch by batch. The server moves only what still ends on the day that it is moved from, so the same batch
/// with the days exchanged undoes it, and a batch that is sent again does no harm. Memberships of bots that were made longer stay so.
/// </summary>
internal static class ServerChanges
{
    private const int Batch = 2_000;
    private const int MostNamed = 20;
    public const string Kind = "server";

    public static async Task<ChangeOutcome> CarryOut(ServerClient client, IdPlan plan, UndoLog undo, Action<ChangeProgress> progress, CancellationToken cancellation)
    {
        var move = plan.Change as TokenChange.MoveExpiry;
        undo.Append(UndoLines.Header(Kind, client.Name, move));
        long done = 0, changed = 0, memberships = 0;
        foreach (var batch in plan.Ids.Chunk(Batch))
        {
            var now = new ChangeProgress(done, batch[0], batch[^1]);
            progress(now);
            if (cancellation.IsCancellationRequested)
                return new ChangeOutcome(changed, memberships, null, new OperationCanceledException(cancellation));
            undo.Append(UndoLines.Batch(batch));
            try
            {
                // Not cancelled half way: the answer tells what was done.
                var outcome = await client.Bulk(Request(move is null ? null : (move.Old, move.New), batch), CancellationToken.None);
                (changed, memberships) = (changed + outcome.Changed, memberships + outcome.Memberships);
            }
            catch (ApiFault fault)
            {
                if (!fault.MayHaveHappened)
                    undo.Retract();
                return new ChangeOutcome(changed, memberships, fault.MayHaveHappened ? now with { Done = batch.Length } : null, fault);
            }
            done += batch.Length;
        }
        return new ChangeOutcome(changed, memberships, null, null);
    }

    public static async Task<UndoOutcome> Undo(
        ServerClient client, ISource source, UndoFile file, bool dryRun, DateOnly today, Action<ChangeProgress> progress, CancellationToken cancellation)
    {
        if (UndoLines.Read(file, Kind, client.Name) is not var (old, moved))
            return await OneByOne.UndoCreation(source, file, dryRun, today, id => client.Bulk(Request(null, [id]), CancellationToken.None), cancellation);
        long done = 0, restored = 0, asBefore = 0, changedSince = 0;
        var named = new List<long>();
        foreach (var ids in file.Backwards(UndoLines.Ids))
        {
            progress(new ChangeProgress(done, ids[0], ids[^1]));
            if (cancellation.IsCancellationRequested)
                return Outcome(new OperationCanceledException(cancellation));
            var asLeft = new List<long>();
            var seen = 0;
            await foreach (var one in source.Find(new TokenFilter { Ids = ids, Today = today }, cancellation))
            {
                seen++;
                if (one.ExpiresAt == moved)
                    asLeft.Add(one.Id);
                else if (one.ExpiresAt == old)
                    asBefore++;
                else
                    ChangedSince(one.Id);
            }
            // Those that nobody finds any more.
            changedSince += ids.Length - seen;
            try
            {
                restored += asLeft.Count == 0 ? 0 : dryRun ? asLeft.Count : (await client.Bulk(Request((moved, old), asLeft), CancellationToken.None)).Changed;
            }
            catch (ApiFault fault)
            {
                return Outcome(fault);
            }
            done += ids.Length;
        }
        return Outcome(null);

        void ChangedSince(long id)
        {
            changedSince++;
            if (named.Count < MostNamed)
                named.Add(id);
        }

        UndoOutcome Outcome(Exception? ended) => new(restored, 0, 0, asBefore, named, changedSince, ended);
    }

    private static ServerBulk Request((DateOnly? From, DateOnly? To)? move, IReadOnlyList<long> ids) => move is var (from, to)
        ? new ServerBulk("move_expiry", new ServerSelection(ids)) { From = from, To = to, Force = true }
        : new ServerBulk("revoke", new ServerSelection(ids));
}
