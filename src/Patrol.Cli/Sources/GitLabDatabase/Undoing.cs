using Npgsql;
using Patrol.Cli.Failures;

namespace Patrol.Cli.Sources.GitLabDatabase;

/// <summary>Puts back what an undo file remembers, batch by batch, of what is still as the change left it.</summary>
internal sealed class Undoing(NpgsqlConnection connection, DateTimeOffset now)
{
    private const int MostIds = 20;

    private readonly List<long> changedSince = [];
    private long restored, revoked, memberships, membershipsChanged, asBefore, changed;

    public async Task<UndoOutcome> Undo(UndoFile file, bool dryRun, Action<ChangeProgress> progress, CancellationToken cancellation)
    {
        Exception? ended = null;
        try
        {
            var here = await DatabaseIdentity.Of(connection);
            var sql = new OverwriteSql(file.ReadHeader(header => UndoText.Read(header, here)));
            var batching = new Batching(connection);
            foreach (var batch in file.Backwards(UndoText.Read))
            {
                for (var rest = batch; rest is not null;)
                {
                    cancellation.ThrowIfCancellationRequested();
                    progress(new ChangeProgress(restored + asBefore + changed, rest.FirstId, rest.LastId));
                    var (head, tail) = rest.Split(batching.Size);
                    if (await PutBack(sql, batching, head, dryRun, cancellation))
                        rest = tail;
                }
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or CliFailure || DatabaseFaults.Explain(fault) is not null)
        {
            ended = fault;
        }
        return new UndoOutcome(restored, memberships, membershipsChanged, asBefore, changedSince, changed, ended) { Revoked = revoked };
    }

    private async Task<bool> PutBack(OverwriteSql sql, Batching batching, OverwrittenBatch batch, bool dryRun, CancellationToken cancellation)
    {
        var found = await Counting.Unhurried(connection, [sql.Compare(batch, MostIds)], async reader =>
        {
            await reader.ReadAsync(cancellation);
            return (LeftSo: reader.GetInt64(0), Before: reader.GetInt64(1), Changed: reader.GetInt64(2), Ids: reader.IsDBNull(3) ? [] : reader.GetFieldValue<long[]>(3));
        }, cancellation);
        var made = batch.Made.Length == 0 ? (LeftSo: 0, Changed: 0) : await Two(OverwriteSql.CompareMade(batch.Made), cancellation);
        // A successor that is dead has one of its own by now, or was revoked for a reason: its predecessor stays dead with it.
        if (found.LeftSo > 0 && made.LeftSo < batch.Made.Length)
            found = (0, found.Before, found.Changed + found.LeftSo, [.. batch.Tokens.SelectMany(alike => alike.Ids).Take(MostIds)]);
        var ending = found.Changed > 0 && batch.Made.Length > 0 ? (LeftSo: 0, Changed: 0) : await EndlessStill(batch.Memberships, cancellation);
        if (!dryRun && (found.LeftSo > 0 || ending.LeftSo > 0 || made.LeftSo > 0))
        {
            List<NpgsqlBatchCommand> statements = [sql.PutBack(batch)];
            List<long> expected = [found.LeftSo];
            if (made.LeftSo > 0)
            {
                statements.Add(OverwriteSql.RevokeMade(batch.Made, now));
                expected.Add(made.LeftSo);
            }
            if (ending.LeftSo > 0)
            {
                statements.Add(OverwriteSql.Memberships(batch.Memberships, undo: true));
                expected.Add(ending.LeftSo);
            }
            if (!await batching.Write(statements, expected, () => { }))
                return false;
        }
        restored += found.LeftSo;
        revoked += made.LeftSo;
        asBefore += found.Before + (batch.Count == 0 ? batch.Made.Length - made.LeftSo : 0);
        changed += found.Changed;
        changedSince.AddRange(found.Ids.Take(MostIds - changedSince.Count));
        memberships += ending.LeftSo;
        membershipsChanged += ending.Changed;
        return true;
    }

    private async Task<(long LeftSo, long Changed)> EndlessStill(IReadOnlyList<EndingMembership> ended, CancellationToken cancellation) =>
        ended.Count == 0 ? (0, 0) : await Two(OverwriteSql.CompareMemberships(ended), cancellation);

    private Task<(long LeftSo, long Changed)> Two(NpgsqlBatchCommand counts, CancellationToken cancellation) => Counting.Unhurried(connection, [counts], async reader =>
    {
        await reader.ReadAsync(cancellation);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }, cancellation);
}
