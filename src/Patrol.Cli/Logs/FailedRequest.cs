using System.Text.Json;

namespace Patrol.Cli.Logs;

/// <summary>What a line of a log is.</summary>
internal enum LineKind
{
    /// <summary>Nothing stands on it.</summary>
    Empty,

    /// <summary>It is no JSON object.</summary>
    Bad,

    /// <summary>No token failed, as far as the line tells.</summary>
    Other,

    /// <summary>Refused with 401, no token named: GitLab knows none with that text, or none was given.</summary>
    Unnamed,

    /// <summary>A token failed.</summary>
    Failed,
}

/// <summary>
/// A request whose token failed, as one line of GitLab's <c>api_json.log</c> or <c>production_json.log</c> tells it. One object reads
/// line after line, so that nothing is allocated for any.
/// </summary>
internal sealed class FailedRequest
{
    private const int Unauthorized = 401;

    private static ReadOnlySpan<byte> ByteOrderMark => "\ufeff"u8;

    private readonly TextField forwarded = new();
    private readonly (byte[] Key, TextField Field)[] fields;

    public FailedRequest() => fields =
    [
        ("meta.auth_fail_reason"u8.ToArray(), Reason),
        ("meta.auth_fail_token_id"u8.ToArray(), Token),
        ("meta.auth_fail_token_type"u8.ToArray(), TokenType),
        ("meta.auth_fail_requested_scopes"u8.ToArray(), Scopes),
        ("meta.remote_ip"u8.ToArray(), Address),
        ("remote_ip"u8.ToArray(), forwarded),
        ("correlation_id"u8.ToArray(), CorrelationId),
        ("path"u8.ToArray(), Path),
        ("ua"u8.ToArray(), Client),
    ];

    /// <summary>Such as <c>token_expired</c>.</summary>
    public TextField Reason { get; } = new();

    /// <summary>Such as <c>PersonalAccessToken/12</c>.</summary>
    public TextField Token { get; } = new();

    /// <summary>Such as <c>CiJobToken</c>: the newest lines name it for tokens that have no id, too.</summary>
    public TextField TokenType { get; } = new();

    /// <summary>What all lines of one request have in common.</summary>
    public TextField CorrelationId { get; } = new();

    public TextField Address { get; } = new();

    public TextField Path { get; } = new();

    public TextField Client { get; } = new();

    /// <summary>The scopes of which one was wanted, with blanks between.</summary>
    public TextField Scopes { get; } = new();

    /// <summary>Null where the line has none that can be read.</summary>
    public DateTimeOffset? Time { get; private set; }

    /// <summary>Reads a line; with what it failed stands in the properties afterwards.</summary>
    public LineKind Read(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith(ByteOrderMark))
            line = line[ByteOrderMark.Length..];
        line = line.Trim(" \t\r\0"u8);
        if (line.IsEmpty)
            return LineKind.Empty;
        // Containers' logs have a pod's name (kubectl logs --prefix) or an instant and a stream (/var/log/containers) before each line.
        if (line[0] != (byte)'{' && line.IndexOf(" {\""u8) is >= 0 and var prefix)
            line = line[(prefix + 1)..];
        // Spares most bad lines an exception.
        if (line[0] != (byte)'{' || line[^1] != (byte)'}')
            return LineKind.Bad;
        try
        {
            var kind = Look(line);
            if (kind == LineKind.Failed)
                Take(line);
            return kind;
        }
        catch (JsonException)
        {
            return LineKind.Bad;
        }
    }

    // To the line's end, since only that tells whether it is a good one, and with an eye on three keys.
    private static LineKind Look(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        var (failed, unauthorized, elsewhere) = (false, false, false);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1 || !(reader.ValueSpan.Length is 6 or 12 or 21 || reader.ValueIsEscaped))
                continue;
            if (reader.ValueTextEquals("meta.auth_fail_reason"u8))
                failed = reader.Read() && reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length > 0;
            else if (reader.ValueTextEquals("status"u8))
                unauthorized = reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var status) && status == Unauthorized;
            // Helm's standard output mixes all of GitLab's logs; the others tell of the same requests, without the details.
            else if (reader.ValueTextEquals("subcomponent"u8))
                elsewhere = reader.Read() && reader.TokenType == JsonTokenType.String && !reader.ValueTextEquals("api_json"u8) && !reader.ValueTextEquals("production_json"u8);
        }
        return elsewhere ? LineKind.Other : failed ? LineKind.Failed : unauthorized ? LineKind.Unnamed : LineKind.Other;
    }

    private void Take(ReadOnlySpan<byte> line)
    {
        Time = null;
        foreach (var (_, field) in fields)
            field.Clear();
        var reader = new Utf8JsonReader(line);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isTime = reader.ValueTextEquals("time"u8);
            var field = FieldOf(ref reader);
            reader.Read();
            if (isTime)
                Time = reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var time) ? time : null;
            field?.Read(ref reader);
            reader.Skip();
        }
        Path.CutAt('?');
        if (Address.Text.IsEmpty)
        {
            // The first address is the client's, the others are proxies'.
            forwarded.CutAt(',');
            Address.CopyFrom(forwarded);
        }
    }

    private TextField? FieldOf(ref Utf8JsonReader reader)
    {
        foreach (var (key, field) in fields)
        {
            if (reader.ValueTextEquals(key))
                return field;
        }
        return null;
    }
}
