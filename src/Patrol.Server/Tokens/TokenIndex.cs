using System.Buffers.Binary;
using System.Data.Common;
using System.Diagnostics;
using System.Text;
using Dapper;
using Patrol.Core.Tokens;
using Patrol.Server.Storage;

namespace Patrol.Server.Tokens;

/// <summary>
/// Answers which tokens match a filter, in any order, at any page: the tokens' filterable columns in memory, about 95 bytes a
/// token with its name. A million tokens are looked through in milliseconds, whatever the filter, where SQL would need an index
/// for each (and indexes on the expiry date would make date changes ten times as slow).
/// It reads itself from the database at the first question, and what has changed since at the next; the rows shown are always
/// read from the database.
/// </summary>
public sealed class TokenIndex(Database database, ChangeFeed feed) : IChangeListener, IDisposable
{
    // While other servers cannot be heard, their changes show this late at most: reading all takes seconds.
    private static readonly TimeSpan OldestUnheard = TimeSpan.FromSeconds(10);

    // Beyond this many changed rows, reading all is quicker than reading each.
    private const int MostPending = 20_000;
    private const string Select = "SELECT id, user_id, kind, scopes, created_at, updated_at, expires_at, revoked_at, last_used_at, name, dialect FROM tokens";

    private readonly Lock pendingLock = new();
    private readonly SemaphoreSlim refreshing = new(1, 1);
    private readonly ReaderWriterLockSlim access = new();
    private HashSet<long> pending = [];
    private bool stale = true;
    private long readAt;
    private TokenColumns? columns;

    public Task Apply(Changes changes)
    {
        lock (pendingLock)
        {
            pending.UnionWith(changes.Tokens);
            pending.UnionWith(changes.Uses);
            if (changes.Everything || pending.Count > MostPending)
            {
                stale = true;
                pending.Clear();
            }
        }
        return Task.CompletedTask;
    }

    /// <summary>The ids of one page of the tokens that match, and how many match in all.</summary>
    /// <param name="filter">Which tokens.</param>
    /// <param name="order">In which order.</param>
    /// <param name="descending">The other way round; tokens without the date stay last.</param>
    /// <param name="offset">How many to leave out at the beginning.</param>
    /// <param name="take">How many ids at most.</param>
    /// <param name="countUpTo">If more tokens match than this, the total may be any number above it.</param>
    /// <param name="now">The instant that decides what is expired.</param>
    public async Task<(List<long> Ids, long Total)> Page(
        TokenFilter filter, TokenOrder order, bool descending, long offset, int take, long countUpTo, DateTimeOffset now)
    {
        var match = new TokenMatch(filter, now);
        return await Ask(columns => columns.Page(match, order, descending, offset, take, countUpTo));
    }

    /// <summary>All ids that match, ascending.</summary>
    public async Task<List<long>> All(TokenFilter filter, DateTimeOffset now) =>
        (await Page(filter, TokenOrder.Id, descending: false, 0, int.MaxValue, long.MaxValue, now)).Ids;

    /// <summary>How many matching tokens end on which day, by day.</summary>
    public async Task<SortedDictionary<DateOnly, long>> ExpiryHistogram(TokenFilter filter, DateTimeOffset now)
    {
        var match = new TokenMatch(filter, now);
        return await Ask(columns => columns.ExpiryHistogram(match));
    }

    public void Dispose()
    {
        refreshing.Dispose();
        access.Dispose();
    }

    private async Task<T> Ask<T>(Func<TokenColumns, T> question)
    {
        while (true)
        {
            await Refresh();
            access.EnterReadLock();
            try
            {
                if (columns is not null)
                    return question(columns);
            }
            finally
            {
                access.ExitReadLock();
            }
            // Somebody has begun to read all again.
        }
    }

    private async Task Refresh()
    {
        await refreshing.WaitAsync();
        try
        {
            HashSet<long> changed;
            bool all;
            // Taken before the reading: what is committed from here on is pending for the next question.
            lock (pendingLock)
            {
                all = stale || (!feed.IsTrusted && Stopwatch.GetElapsedTime(readAt) > OldestUnheard);
                (changed, pending) = (pending, []);
                stale = false;
            }
            if (all || changed.Count > 0)
                await ReadAgain(all, changed);
        }
        finally
        {
            refreshing.Release();
        }
    }

    private async Task ReadAgain(bool all, HashSet<long> changed)
    {
        try
        {
            if (all)
            {
                var started = Stopwatch.GetTimestamp();
                // Nobody looks into the old ones while these are read, and both together would be twice the memory.
                Put(null);
                Put(await database.Read(ReadAll));
                readAt = started;
                return;
            }
            foreach (var ids in changed.Chunk(500))
            {
                var rows = await database.Read(connection => Read(connection, $"{Select} WHERE id IN ({string.Join(',', ids)})"));
                access.EnterWriteLock();
                columns!.Replace(ids, rows);
                access.ExitWriteLock();
            }
        }
        catch
        {
            lock (pendingLock)
                stale = true;
            throw;
        }
    }

    private void Put(TokenColumns? read)
    {
        access.EnterWriteLock();
        columns = read;
        access.ExitWriteLock();
    }

    private static async Task<TokenColumns> ReadAll(DbConnection connection)
    {
        // A little more, for what comes meanwhile and for letters that are longer in lower case.
        var (count, nameBytes) = await connection.QuerySingleAsync<(long, long)>("SELECT count(*), CAST(coalesce(sum(octet_length(name)), 0) AS bigint) FROM tokens");
        var all = new TokenColumns((int)count + 1024, (int)(nameBytes + nameBytes / 64 + 1024));
        await using var command = connection.CreateCommand();
        command.CommandText = $"{Select} ORDER BY id";
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            all.Append(ReadRow(reader));
        return all;
    }

    private static async Task<Dictionary<long, IndexedToken>> Read(DbConnection connection, string sql)
    {
        var rows = new Dictionary<long, IndexedToken>();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var row = ReadRow(reader);
            rows.Add(row.Id, row);
        }
        return rows;
    }

    private static IndexedToken ReadRow(DbDataReader reader) => new(
        reader.GetInt64(0), reader.GetInt64(1), (TokenKind)reader.GetInt64(2), reader.GetString(3), reader.GetInt64(4), reader.GetInt64(5),
        reader.IsDBNull(6) ? null : reader.GetInt64(6), !reader.IsDBNull(7), reader.IsDBNull(8) ? null : reader.GetInt64(8),
        reader.GetString(9), (TokenDialect)reader.GetInt64(10));
}

/// <summary>A token's filterable columns, as read. Instants are Unix milliseconds.</summary>
internal readonly record struct IndexedToken(
    long Id, long UserId, TokenKind Kind, string Scopes, long CreatedAt, long UpdatedAt, long? ExpiresAt, bool Revoked, long? LastUsedAt, string Name,
    TokenDialect Dialect)
{
    /// <summary>The form in which names are compared: lower case, UTF-8.</summary>
    public static byte[] Fold(string name) => Encoding.UTF8.GetBytes(name.ToLowerInvariant());

    /// <summary>The first eight bytes as a number that sorts as they do; shorter ones end in zeros.</summary>
    public static long Head(ReadOnlySpan<byte> name)
    {
        if (name.Length >= sizeof(long))
            return BinaryPrimitives.ReadInt64BigEndian(name) ^ long.MinValue;
        long head = 0;
        for (var i = 0; i < sizeof(long); i++)
            head = head << 8 | (i < name.Length ? name[i] : 0L);
        return head ^ long.MinValue;
    }
}
