using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using Patrol.Core.Lifetimes;
using Patrol.Server.Start;

namespace Patrol.Server.Telemetry;

/// <summary>
/// Writes <c>api_json.log</c>: one JSON object a request, in GitLab's shape, through a queue, so that no request waits for the
/// disk. A file that has grown enough is put aside as <c>api_json.log.1</c> and so on.
/// </summary>
public sealed partial class ApiLog(DataFolder folder, LogOptions options, ILogger<ApiLog> logger) : BackgroundService
{
    private const int MostQueued = 50_000;
    private const int WriteAtOnce = 64 * 1024;
    private static readonly TimeSpan TimeAtStop = TimeSpan.FromSeconds(1);

    private readonly Channel<byte[]> queue = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MostQueued) { SingleReader = true });
    private readonly string file = Path.Combine(folder.LogFolder, "api_json.log");
    private long lost;

    /// <summary>Queues a line. If the disk is so slow that the queue is full, the line is counted as lost and that is said later.</summary>
    public void Write(in ApiLogLine line)
    {
        if (!queue.Writer.TryWrite(line.ToJson()))
            Interlocked.Increment(ref lost);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        queue.Writer.TryComplete();
        if (ExecuteTask is { } running)
        {
            // Also after a stop whose time was used up by slow requests.
            await Task.WhenAny(running, Task.Delay(TimeAtStop, CancellationToken.None));
        }
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var buffer = new ArrayBufferWriter<byte>(WriteAtOnce);
        // Ends when the queue is completed, so that no line is left behind at a stop.
        while (await queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            buffer.ResetWrittenCount();
            while (buffer.WrittenCount < WriteAtOnce && queue.Reader.TryRead(out var line))
                buffer.Write(line);
            try
            {
                await using (var stream = new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 1))
                    await stream.WriteAsync(buffer.WrittenMemory, CancellationToken.None);
                PutAside();
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                NotWritten(fault.Message);
            }
            if (Interlocked.Exchange(ref lost, 0) is > 0 and var count)
                Lost(count);
        }
    }

    private void PutAside()
    {
        if (new FileInfo(file).Length < options.MaximumBytes)
            return;
        string Numbered(int number) => string.Create(CultureInfo.InvariantCulture, $"{file}.{number}");
        File.Delete(Numbered(options.KeptFiles));
        for (var number = options.KeptFiles - 1; number >= 1; number--)
        {
            if (File.Exists(Numbered(number)))
                File.Move(Numbered(number), Numbered(number + 1), overwrite: true);
        }
        if (options.KeptFiles > 0)
            File.Move(file, Numbered(1), overwrite: true);
        else
            File.Delete(file);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "api_json.log cannot be written: {Reason}")]
    private partial void NotWritten(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} lines of api_json.log were lost: the disk is too slow")]
    private partial void Lost(long count);
}

/// <summary>Why a token was refused, in the words of GitLab's log.</summary>
/// <param name="Reason"><c>token_expired</c>, <c>token_revoked</c>, <c>insufficient_scope</c> or <c>impersonation_disabled</c>.</param>
/// <param name="TokenId">The token's id.</param>
/// <param name="Scopes">The scopes that were wanted; null where none were looked at.</param>
/// <param name="HeaderType">How the token was presented: <c>private_token_header</c>, <c>private_token_param</c>, <c>bearer</c>, <c>other</c>.</param>
/// <param name="Username">The token's owner.</param>
public sealed record AuthenticationFailure(string Reason, long TokenId, string? Scopes, string HeaderType, string Username);

/// <summary>One line of <c>api_json.log</c>.</summary>
public readonly record struct ApiLogLine
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? threadBuffer;

    [ThreadStatic]
    private static Utf8JsonWriter? threadWriter;

    public required DateTimeOffset Time { get; init; }
    public required TimeSpan Duration { get; init; }
    public required int Status { get; init; }
    public required string Method { get; init; }
    public required string Path { get; init; }
    public required string Route { get; init; }
    public required string Host { get; init; }
    public required string RemoteIp { get; init; }
    public required string UserAgent { get; init; }
    public required string CorrelationId { get; init; }
    public IEnumerable<KeyValuePair<string, string>> Parameters { get; init; }
    public long? UserId { get; init; }
    public string? Username { get; init; }
    public long? TokenId { get; init; }
    public AuthenticationFailure? Failure { get; init; }
    public string? ExceptionClass { get; init; }

    internal byte[] ToJson()
    {
        // One buffer and writer a thread: a line is written for every request.
        var buffer = threadBuffer ??= new ArrayBufferWriter<byte>(2048);
        var json = threadWriter ??= new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        buffer.ResetWrittenCount();
        json.Reset(buffer);
        json.WriteStartObject();
        Span<char> time = stackalloc char[InstantText.Length];
        InstantText.Write(Time, time);
        json.WriteString("time"u8, time);
        json.WriteString("severity"u8, ExceptionClass is null ? "INFO" : "ERROR");
        json.WriteNumber("duration_s"u8, Math.Round(Duration.TotalSeconds, 5));
        json.WriteNumber("status"u8, Status);
        json.WriteString("method"u8, Method);
        json.WriteString("path"u8, Path);
        json.WriteStartArray("params"u8);
        foreach (var (key, value) in Parameters ?? [])
        {
            json.WriteStartObject();
            json.WriteString("key"u8, key);
            json.WriteString("value"u8, value);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteString("host"u8, Host);
        json.WriteString("remote_ip"u8, RemoteIp);
        json.WriteString("ua"u8, UserAgent);
        json.WriteString("route"u8, Route);
        if (UserId is { } userId)
        {
            json.WriteNumber("user_id"u8, userId);
            json.WriteString("username"u8, Username);
        }
        if (TokenId is { } tokenId)
        {
            json.WriteString("token_type"u8, "PersonalAccessToken");
            json.WriteNumber("token_id"u8, tokenId);
        }
        json.WriteString("correlation_id"u8, CorrelationId);
        json.WriteString("meta.caller_id"u8, $"{Method} {Route}");
        json.WriteString("meta.remote_ip"u8, RemoteIp);
        if ((Failure?.Username ?? Username) is { } user)
            json.WriteString("meta.user"u8, user);
        json.WriteString("meta.client_id"u8, UserId is { } client ? $"user/{client}" : $"ip/{RemoteIp}");
        if (Failure is { } failure)
        {
            json.WriteString("meta.auth_fail_reason"u8, failure.Reason);
            json.WriteString("meta.auth_fail_token_id"u8, $"PersonalAccessToken/{failure.TokenId}");
            if (failure.Scopes is not null)
                json.WriteString("meta.auth_fail_requested_scopes"u8, failure.Scopes);
            json.WriteString("meta.auth_fail_token_type"u8, "PersonalAccessToken");
            json.WriteString("meta.auth_fail_auth_header_type"u8, failure.HeaderType);
        }
        if (ExceptionClass is not null)
            json.WriteString("exception.class"u8, ExceptionClass);
        json.WriteNumber("pid"u8, Environment.ProcessId);
        json.WriteEndObject();
        json.Flush();
        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }
}
