using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;
using Patrol.Cli.Logs;

namespace Patrol.Tests.Logs;

/// <summary>Whatever lines there are, it does not matter how they came to be in files, and a plain look finds the same.</summary>
public sealed class LogProperties
{
    private static readonly string[] Clients = ["curl/8.5.0", "глаз\u001b[31m", "=cmd", "say \"yes\""];

    private static readonly Gen<string> Failed =
        from token in Gen.Int[1, 4]
        from reason in Gen.OneOf("token_expired", "token_revoked", "insufficient_scope")
        from request in Gen.Int[1, 12]
        from second in Gen.Int[0, 59]
        select JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["time"] = $"2026-11-01T00:00:{second:00}.000Z",
            ["status"] = 401,
            ["correlation_id"] = $"request-{request}",
            ["ua"] = Clients[request % Clients.Length],
            ["path"] = $"/api/v4/projects/{request}",
            ["meta.remote_ip"] = $"192.0.2.{request}",
            ["params"] = new[] { new { key = "meta.auth_fail_reason", value = "{\"}\n" } },
            ["meta.auth_fail_reason"] = reason,
            ["meta.auth_fail_token_id"] = $"PersonalAccessToken/{token}",
        });

    private static readonly Gen<string> Line = Gen.Frequency(
        (6, Failed),
        (2, Gen.OneOf(LogText.Good, LogText.Git, LogText.Expired, LogText.Revoked)),
        (2, from line in Failed from cut in Gen.Int[1, 200] select line[..Math.Min(cut, line.Length - 1)]),
        (1, Gen.String[Gen.Char['\u0001', '\u00ff'], 0, 30].Select(text => text.Replace("\n", "", StringComparison.Ordinal))),
        (1, Gen.OneOf("", " ", "\0\0", "{}", "[]", "{\"status\":401}", new string('x', 300_000))));

    private static readonly Gen<List<string>> Lines = Line.List[0, 40];

    [Fact]
    public void A_plain_look_finds_the_same() => Lines.Sample(lines =>
        Assert.Equal(PlainLook(lines), Short(Scan(Text(lines)))));

    [Fact]
    public void It_does_not_matter_how_much_comes_at_a_time() => Gen.Select(Lines, Gen.Int[1, 3000]).Sample((lines, atOnce) =>
        Assert.Equal(LogText.Words(Scan(Text(lines))), LogText.Words(Scan(new Trickle(Text(lines), atOnce)))), iter: 60);

    [Fact]
    public void It_does_not_matter_how_lines_are_spread_over_files_nor_in_which_order_these_are_read() =>
        Gen.Select(Lines, Gen.Int[1, 5], Gen.Bool, Gen.Int[0, int.MaxValue]).Sample((lines, files, compressed, seed) =>
        {
            var rotated = lines.Chunk((lines.Count / files) + 1).Select(Text).ToArray();
            new Random(seed).Shuffle(rotated);
            var streams = rotated.Select(text => new MemoryStream(compressed ? LogText.Gzip(text) : text)).ToArray<Stream>();
            Assert.Equal(LogText.Words(Scan(Text(lines))), LogText.Words(LogText.Scan(streams).GetAwaiter().GetResult().Scan));
        });

    [Fact]
    public void Gzip_in_one_or_several_pieces_is_what_was_compressed() => Gen.Select(Lines, Gen.Int[0, 100]).Sample((lines, percent) =>
    {
        var text = Text(lines);
        var cut = text.Length * percent / 100;
        byte[] pieces = [.. LogText.Gzip(text.AsSpan(0, cut)), .. LogText.Gzip(text.AsSpan(cut))];
        Assert.Equal(LogText.Words(Scan(text)), LogText.Words(Scan(pieces)));
    });

    [Fact]
    public void Of_a_gzip_that_was_cut_off_the_whole_lines_before_are_read_and_the_cut_is_noticed() => Gen.Select(Line.List[1, 40], Gen.Int[0, 99]).Sample((lines, percent) =>
    {
        var whole = LogText.Gzip(Text(lines));
        // Two bytes tell that it is one.
        var part = whole[..Math.Max(2, whole.Length * percent / 100)];
        var (scan, input) = LogText.Scan(new MemoryStream(part)).GetAwaiter().GetResult();
        Assert.IsType<InvalidDataException>(Assert.Single(input.Troubles).Why);
        var read = LogText.Words(scan);
        Assert.Contains(read, Enumerable.Range(0, lines.Count + 1).Select(count => LogText.Words(Scan(Text(lines[..count])))), Comparer);
    }, iter: 50);

    private static readonly IEqualityComparer<List<string>> Comparer = EqualityComparer<List<string>>.Create((one, other) => one!.SequenceEqual(other!), words => words.Count);

    private static byte[] Text(IEnumerable<string> lines) => Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => $"{line}\n")));

    private static LogScan Scan(byte[] text) => Scan(new MemoryStream(text));

    private static LogScan Scan(Stream stream) => LogText.Scan(stream).GetAwaiter().GetResult().Scan;

    private static List<string> Short(LogScan scan) =>
    [
        $"{scan.Lines} {scan.BadLines}",
        .. scan.Tokens.Ordered().Select(token => $"{token.Key.Reason} {token.Key.Token} {token.Count} {token.FirstSeen:O} {token.LastSeen:O}").Order(StringComparer.Ordinal),
    ];

    private static List<string> PlainLook(List<string> lines)
    {
        var written = lines.Select(line => line.Trim(' ', '\t', '\r', '\0')).Where(line => line.Length > 0).ToList();
        var objects = written.Select(Parse).OfType<JsonElement>().ToList();
        var failures = objects.Where(line => line.TryGetProperty("meta.auth_fail_reason", out _))
            .Select(line => (Token: $"{Property(line, "meta.auth_fail_reason")} {Property(line, "meta.auth_fail_token_id")}", Request: Property(line, "correlation_id"), Time: Property(line, "time")))
            .GroupBy(line => line.Token);
        string Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture).ToString("O");
        return
        [
            $"{written.Count} {written.Count - objects.Count}",
            .. failures.Select(group => $"{group.Key} {group.Select(line => line.Request).Distinct().Count()} {Time(group.Min(line => line.Time)!)} {Time(group.Max(line => line.Time)!)}").Order(StringComparer.Ordinal),
        ];
    }

    private static string Property(JsonElement line, string name) => line.GetProperty(name).GetString()!;

    private static JsonElement? Parse(string line)
    {
        try
        {
            var element = JsonDocument.Parse(line).RootElement;
            return element.ValueKind == JsonValueKind.Object ? element : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A stream that gives few bytes at a time.</summary>
    private sealed class Trickle(byte[] bytes, int atOnce) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(atOnce, buffer.Length)]);
    }
}
