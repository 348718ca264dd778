using Patrol.Cli.Failures;
using Patrol.Cli.Sources.Http;

namespace Patrol.Cli.Sources;

/// <summary>Works token by token, on systems that know no other way: revoking, and making tokens that an undo file is to tell of.</summary>
internal static class OneByOne
{
    private const int Batch = 20;

    /// <summary>Revokes them. What the system refuses is left, and told at the end; what keeps it from answering ends the run.</summary>
    /// <param name="plan">The tokens.</param>
    /// <param name="system">The kind of system, for the undo file: nobody can take a revocation back, but then one knows what was revoked.</param>
    /// <param name="name">The system.</param>
    /// <param name="undo">The undo file.</param>
    /// <param name="revoke">Revokes one.</param>
    /// <param name="progress">Told before each batch.</param>
    /// <param name="cancellation">Ends it between two tokens.</param>
    public static async Task<ChangeOutcome> Revoke(
        IdPlan plan, string system, string name, UndoLog undo, Func<long, Task> revoke, Action<ChangeProgress> progress, CancellationToken cancellation)
    {
        undo.Append(UndoLines.Header(system, name, null));
        long done = 0, revoked = 0;
        ApiFault? refused = null;
        foreach (var batch in plan.Ids.Chunk(Batch))
        {
            progress(new ChangeProgress(done, batch[0], batch[^1]));
            undo.Append(UndoLines.Batch(batch));
            foreach (var id in batch)
            {
                if (cancellation.IsCancellationRequested)
                    return new ChangeOutcome(revoked, 0, null, new OperationCanceledException(cancellation));
                try
                {
                    await revoke(id);
                    revoked++;
                }
                catch (ApiFault fault) when (fault.Code == ExitCode.SomeRefused)
                {
                    refused ??= fault;
                }
                catch (ApiFault fault)
                {
                    return new ChangeOutcome(revoked, 0, null, fault);
                }
            }
            done += batch.Length;
        }
        return new ChangeOutcome(
            revoked, 0, null, refused is null ? null : new CliFailure(ExitCode.SomeRefused, $"{done - revoked} of {done} were refused; the first: {refused.Message}", refused));
    }

    /// <summary>
    /// Makes a token: what is asked for stands in the undo file before, its id as soon as the system tells it. A disk that does not
    /// take the id costs nobody the text: whoever closes the file learns that it holds no batch.
    /// </summary>
    public static async Task<NewToken> Create(string system, string name, CheckedOrder order, UndoLog undo, Func<Task<NewToken>> create)
    {
        undo.Append(UndoLines.Created(system, name, order));
        NewToken made;
        try
        {
            made = await create();
        }
        catch (ApiFault fault) when (fault.MayHaveHappened)
        {
            undo.Keep();
            throw;
        }
        try
        {
            undo.Append(UndoLines.Batch([made.Token.Id]));
        }
        catch (CliFailure)
        {
            undo.Keep();
        }
        return made;
    }

    /// <summary>Replaces a token: nobody can take that back, but the undo file tells which one it was.</summary>
    public static async Task<NewToken> Rotate(string system, string name, long id, UndoLog undo, Func<Task<NewToken>> rotate)
    {
        undo.Append(UndoLines.Rotated(system, name));
        undo.Append(UndoLines.Batch([id]));
        try
        {
            return await rotate();
        }
        catch (ApiFault fault) when (!fault.MayHaveHappened)
        {
            undo.Retract();
            throw;
        }
    }

    /// <summary>Revokes the token that an undo file says was made.</summary>
    public static async Task<UndoOutcome> UndoCreation(ISource source, UndoFile file, bool dryRun, DateOnly today, Func<long, Task> revoke, CancellationToken cancellation)
    {
        long alive = 0, dead = 0;
        Exception? ended = null;
        foreach (var id in file.Backwards(UndoLines.Ids).SelectMany(ids => ids))
        {
            var works = false;
            await foreach (var found in source.Find(new TokenFilter { Ids = [id], Today = today }, cancellation))
                works = !found.Revoked;
            try
            {
                if (works && !dryRun)
                    await revoke(id);
                (alive, dead) = works ? (alive + 1, dead) : (alive, dead + 1);
            }
            catch (ApiFault fault)
            {
                ended = fault;
            }
        }
        return new UndoOutcome(0, 0, 0, dead, [], 0, ended) { Revoked = alive };
    }
}
