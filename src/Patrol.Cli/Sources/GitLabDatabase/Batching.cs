using Npgsql;
using Patrol.Cli.Failures;

namespace Patrol.Cli.Sources.GitLabDatabase;

/// <summary>
/// How batches are written: each in a transaction of its own that holds its locks for less than a second. How many tokens that is
/// depends on the server, on its indexes and on what else it does, so each batch is as large as the one before was fast; one that
/// takes too long all the same is rolled back by the server itself and comes again with half as many.
/// </summary>
internal sealed class Batching(NpgsqlConnection connection)
{
    private const int First = 1_000, Most = 10_000;
    private const int MostAttempts = 20;
    private const int AimMilliseconds = 300;

    private static readonly string[] Settings = ["SET LOCAL statement_timeout = '900ms'", "SET LOCAL lock_timeout = '500ms'", Counting.IsoDates, Counting.NotCompiled];

    private int attempts;

    /// <summary>How many tokens the next batch should have.</summary>
    public int Size { get; private set; } = First;

    /// <summary>Runs statements in one transaction.</summary>
    /// <param name="statements">They must change as many rows as <paramref name="expected"/> says, else all is rolled back: somebody was faster.</param>
    /// <param name="expected">Rows, statement by statement.</param>
    /// <param name="rolledBack">Called as soon as it is certain that nothing of it will stay.</param>
    /// <returns>False if it should be tried again, with what then is there.</returns>
    public async Task<bool> Write(IReadOnlyList<NpgsqlBatchCommand> statements, IReadOnlyList<long> expected, Action rolledBack)
    {
        var committing = false;
        int took;
        try
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await using var batch = new NpgsqlBatch(connection, transaction);
            foreach (var setting in Settings)
                batch.BatchCommands.Add(new NpgsqlBatchCommand(setting));
            foreach (var statement in statements)
                batch.BatchCommands.Add(statement);
            batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT (extract(epoch FROM clock_timestamp() - now()) * 1000)::int"));
            took = (int)(await batch.ExecuteScalarAsync())!;
            if (!statements.Select(statement => (long)statement.RecordsAffected).SequenceEqual(expected))
            {
                await transaction.RollbackAsync();
                rolledBack();
                return Again(null);
            }
            committing = true;
            await transaction.CommitAsync();
        }
        catch (Exception fault) when (!committing && DatabaseFaults.Explain(fault) is not null)
        {
            rolledBack();
            if (!DatabaseFaults.IsPassing(fault))
                throw;
            if (fault is PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } && Size > 1)
                Size /= 2;
            else
                return Again(fault);
            return false;
        }
        attempts = 0;
        Size = Math.Clamp((int)((long)Size * AimMilliseconds / Math.Max(1, took)), Math.Max(1, Size / 2), Math.Min(Most, Size * 2));
        return true;
    }

    // Two runs at once take turns for as long as there is work; one that meets the same obstacle again and again gives up.
    private bool Again(Exception? fault)
    {
        if (++attempts < MostAttempts)
            return false;
        throw fault ?? new CliFailure(
            ExitCode.SomeRefused, $"The same tokens changed under patrol's hands {MostAttempts} times. Run the same command again.");
    }

    /// <summary>The next batch begins with another token than the one that was in the way.</summary>
    public void Moved() => attempts = 0;
}
