using System.Data;
using System.Data.Common;

namespace Patrol.Server.Storage;

/// <summary>
/// The store: SQLite inside, PostgreSQL when asked. Rooms write plain SQL that both engines accept; this is where the engines
/// differ: how a connection is opened, how writers take turns, and which faults mean "away, try again".
/// </summary>
public abstract class Database(ChangeFeed changes)
{
    /// <summary>The engine's name, as DbUp and people call it.</summary>
    public abstract string Engine { get; }

    /// <summary>Runs a reading piece of work on a connection of its own.</summary>
    /// <exception cref="DatabaseAwayException">The database cannot be reached or is overloaded.</exception>
    public async Task<T> Read<T>(Func<DbConnection, Task<T>> work)
    {
        try
        {
            await using var connection = await Open();
            return await work(connection);
        }
        catch (Exception fault) when (IsAway(fault))
        {
            throw new DatabaseAwayException(fault);
        }
    }

    /// <summary>
    /// Runs a piece of work in one transaction and, after it is committed, tells this server and the others what changed.
    /// Work that throws leaves no trace.
    /// </summary>
    /// <exception cref="DatabaseAwayException">The database cannot be reached or is overloaded.</exception>
    public async Task<T> Write<T>(Func<WriteScope, Task<T>> work)
    {
        try
        {
            // SQLite has no listener that would do it: what was missed is handed out before anybody changes more.
            await changes.CatchUp();
            using var turn = await TakeTurn();
            await using var connection = await Open();
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.Unspecified);
            var scope = new WriteScope(connection, transaction);
            var result = await work(scope);
            await Announce(scope);
            try
            {
                await transaction.CommitAsync();
            }
            catch
            {
                CommitFailed();
                throw;
            }
            finally
            {
                // Also when the line broke at this moment: nobody knows then whether it was committed, and forgetting is harmless.
                await changes.Apply(scope.Changes);
            }
            return result;
        }
        catch (Exception fault) when (IsAway(fault))
        {
            throw new DatabaseAwayException(fault);
        }
    }

    /// <inheritdoc cref="Write{T}"/>
    public Task Write(Func<WriteScope, Task> work) => Write(async scope =>
    {
        await work(scope);
        return true;
    });

    /// <summary>An open connection; the caller disposes of it.</summary>
    public abstract Task<DbConnection> Open();

    /// <summary>True if two rows wanted the same unique value: the other one won.</summary>
    public abstract bool IsDuplicate(DbException fault);

    /// <summary>True if the fault lies with reaching the database, not with what was asked of it.</summary>
    protected abstract bool IsAway(Exception fault);

    /// <summary>Waits until this writer may write.</summary>
    protected abstract Task<IDisposable?> TakeTurn();

    /// <summary>A transaction was to be committed, and nobody knows whether it is or will be.</summary>
    protected virtual void CommitFailed()
    {
    }

    /// <summary>Tells other servers, as part of the transaction, what it will have changed.</summary>
    protected abstract Task Announce(WriteScope scope);
}

/// <summary>The database cannot be reached or is overloaded; asking again later may help.</summary>
public sealed class DatabaseAwayException(Exception cause) : Exception("The database cannot be reached.", cause);
