using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Patrol.Core.Tokens;
using Patrol.Server.Settings;
using Patrol.Server.Storage;
using Patrol.Server.Tokens;

namespace Patrol.Server.Access;

/// <summary>
/// Writes down when and from where tokens are used: noted in memory during the request, written behind it, many tokens in one
/// transaction. A crash loses at most the last moment's notes, which only delays a date that is kept to ten minutes anyway. Uses of
/// Atlassian's tokens are gathered for as many minutes as <c>last.used.update.interval.mins</c> says.
/// </summary>
public sealed partial class LastUseRecorder(Database database, SettingsStore settings, TimeProvider time, ILogger<LastUseRecorder> logger) : BackgroundService
{
    private const int TokensPerTransaction = 500;
    // What a timer takes.
    private const int LongestMinutes = 60 * 24 * 49;

    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TimeAtStop = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<long, Note> notes = new();
    private readonly ConcurrentDictionary<long, Note> gathered = new();
    private readonly Channel<bool> signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly SemaphoreSlim writing = new(1, 1);

    /// <summary>Notes a use, if GitLab's intervals say that it is to be written down.</summary>
    public void Record(TokenSnapshot snapshot, IPAddress? address, DateTimeOffset now)
    {
        var use = snapshot.Use;
        var isAtlassian = snapshot.Token.Dialect == TokenDialect.Atlassian;
        // A busy token of Atlassian's is noted once a second.
        if (isAtlassian ? now - use.At < Step : !LastUseRules.WritesAddress(use.At, now))
            return;
        var writesInstant = isAtlassian || LastUseRules.WritesInstant(use.At, now, TimeSpan.FromMinutes(settings.Current.LastUsedUpdateIntervalMinutes));
        address = address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
        var newAddress = address is not null && !use.Addresses.Contains(address) ? address : null;
        if (!writesInstant && newAddress is null)
            return;
        snapshot.Use = new LastUse(
            writesInstant ? now : use.At,
            newAddress is null ? use.Addresses : [newAddress, .. use.Addresses.Take(LastUseRules.MostAddresses - 1)]);
        var milliseconds = now.ToUnixTimeMilliseconds();
        Add(
            isAtlassian ? gathered : notes, snapshot.Token.Id,
            new Note(writesInstant ? milliseconds : null, newAddress is null ? [] : [(newAddress.ToString(), milliseconds)]));
        if (!isAtlassian)
            signal.Writer.TryWrite(true);
    }

    private static void Add(ConcurrentDictionary<long, Note> to, long id, Note note) =>
        to.AddOrUpdate(id, note, (_, before) => new Note(note.UsedAt ?? before.UsedAt, [.. before.Addresses, .. note.Addresses]));

    /// <summary>Writes what has been noted so far, so that what is read next is up to date.</summary>
    public async Task Settle()
    {
        if (!notes.IsEmpty || writing.CurrentCount == 0)
            await WriteNotes();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(WriteAsNoted(stoppingToken), WriteGathered(stoppingToken));

    private async Task WriteGathered(CancellationToken stopping)
    {
        while (true)
        {
            await Task.Delay(TimeSpan.FromMinutes(Math.Min(settings.Current.Atlassian.LastUsedUpdateIntervalMins, LongestMinutes)), time, stopping).ContinueWith(_ => { }, TaskScheduler.Default);
            if (stopping.IsCancellationRequested)
                return;
            NoteGathered();
            signal.Writer.TryWrite(true);
        }
    }

    private void NoteGathered()
    {
        foreach (var id in gathered.Keys)
        {
            if (gathered.TryRemove(id, out var note))
                Add(notes, id, note);
        }
    }

    private async Task WriteAsNoted(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await signal.Reader.ReadAsync(stoppingToken);
                await WriteNotes();
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (DatabaseAwayException fault)
            {
                NotWritten(fault.InnerException?.Message);
                await Task.Delay(RetryAfter, CancellationToken.None);
                signal.Writer.TryWrite(true);
            }
            catch (Exception fault)
            {
                // These notes are lost; the server is not to end for them.
                Lost(fault);
            }
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        NoteGathered();
        try
        {
            // Also after a stop whose time was used up by others; but a database that never answers must not hold up the end.
            await Settle().WaitAsync(TimeAtStop, CancellationToken.None);
        }
        catch (Exception fault)
        {
            NotWritten((fault.InnerException ?? fault).Message);
        }
    }

    private async Task WriteNotes()
    {
        await writing.WaitAsync();
        try
        {
            while (!notes.IsEmpty)
            {
                var batch = new Dictionary<long, Note>();
                foreach (var id in notes.Keys.Take(TokensPerTransaction))
                {
                    if (notes.TryRemove(id, out var note))
                        batch.Add(id, note);
                }
                try
                {
                    await database.Write(scope => Write(scope, batch));
                }
                catch (DatabaseAwayException)
                {
                    foreach (var (id, note) in batch)
                        notes.TryAdd(id, note);
                    throw;
                }
            }
        }
        finally
        {
            writing.Release();
        }
    }

    private static async Task Write(WriteScope scope, Dictionary<long, Note> batch)
    {
        // In order of id, so that two servers that note the same tokens never wait for each other in a circle.
        foreach (var (id, note) in batch.OrderBy(entry => entry.Key))
            await TokenSql.RecordUse(scope, id, note.UsedAt, note.Addresses);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The last use of tokens is not written yet and will be tried again: {Reason}")]
    private partial void NotWritten(string? reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The last use of some tokens cannot be written")]
    private partial void Lost(Exception fault);

    private sealed record Note(long? UsedAt, (string Ip, long SeenAt)[] Addresses);
}
