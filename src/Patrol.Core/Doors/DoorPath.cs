using System.Text;
using Patrol.Core.Results;

namespace Patrol.Core.Doors;

/// <summary>
/// The path of a request to somebody else's service. Proxies and services read the same text differently (dot segments, encoded
/// slashes, doubled ones, lookalikes), and a rule must not be passed by because of it. So a path of which that could be is
/// refused, and one that some services take for another (case, Unicode forms, a slash at the end, what follows a semicolon) is
/// marked, for <see cref="PathPattern"/> to be careful with.
/// </summary>
public sealed class DoorPath
{
    /// <summary>The longest original address that is looked at, in characters.</summary>
    public const int LongestUri = 8_000;

    /// <summary>The most segments that are looked at.</summary>
    public const int MostSegments = 100;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Range[] segments;

    private DoorPath(string text, Range[] segments, bool endsWithSlash) => (Text, this.segments, EndsWithSlash) = (text, segments, endsWithSlash);

    /// <summary>The path, decoded.</summary>
    public string Text { get; }

    /// <summary>It has a slash at its end, of which no segment comes.</summary>
    public bool EndsWithSlash { get; }

    /// <summary>How many segments it has; none for <c>/</c>.</summary>
    public int Count => segments.Length;

    /// <summary>A segment, decoded.</summary>
    public ReadOnlySpan<char> this[int index] => Text.AsSpan()[segments[index]];

    /// <summary>Segments with the slashes between them.</summary>
    public string Join(int from, int count) => Text[segments[from].Start..segments[from + count - 1].End];

    /// <summary>Reads the path of an address as it stands in a request line: from the first slash, as sent.</summary>
    /// <returns>The path, or a refusal of the field <c>path</c>.</returns>
    public static Result<DoorPath> Parse(string uri)
    {
        if (uri.Length is 0 or > LongestUri || uri[0] != '/')
            return Invalid($"must begin with a slash and have at most {LongestUri} characters");
        if (uri.Contains('#'))
            return Invalid("must not contain a #");
        var query = uri.IndexOf('?');
        var text = query < 0 ? uri : uri[..query];
        if (text.Contains('%'))
        {
            if (Decode(text) is not { } decoded)
                return Invalid("is encoded wrongly, or a slash or percent sign in it is encoded");
            text = decoded;
        }
        foreach (var c in text)
        {
            if (char.IsControl(c) || char.IsSurrogate(c) || c is '\\' or '%' || (c > '~' && IsMisleading(c)))
                return Invalid("contains a character that is not allowed in paths");
        }
        return Split(text);
    }

    private static Result<DoorPath> Split(string text)
    {
        var segments = new List<Range>(8);
        for (var start = 1; start < text.Length;)
        {
            var length = text.AsSpan(start).IndexOf('/');
            var end = length < 0 ? text.Length : start + length;
            // What follows a semicolon is a parameter to Java's servers: `..;` is two dots to them.
            var name = text.AsSpan(start, end - start);
            if (name.IndexOf(';') is >= 0 and var parameter)
                name = name[..parameter];
            if (end == start || name.TrimEnd(' ') is "" or "." or "..")
                return Invalid("must not contain doubled slashes or dot segments");
            segments.Add(start..end);
            start = end + 1;
        }
        return segments.Count > MostSegments
            ? Invalid($"must have at most {MostSegments} segments")
            : new DoorPath(text, [.. segments], endsWithSlash: text.Length > 1 && text[^1] == '/');
    }

    // Once, as every server does; what would still be encoded afterwards is refused by the caller.
    private static string? Decode(string text)
    {
        var bytes = new byte[Strict.GetMaxByteCount(text.Length)];
        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                // A pair of them is refused, too: no character by itself, it would not be encoded.
                if (char.IsSurrogate(text[i]))
                    return null;
                count += Strict.GetBytes(text.AsSpan(i, 1), bytes.AsSpan(count));
                continue;
            }
            if (i + 2 >= text.Length || !byte.TryParse(text.AsSpan(i + 1, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var value) || value is (byte)'/' or (byte)'%')
                return null;
            bytes[count++] = value;
            i += 2;
        }
        try
        {
            return Strict.GetString(bytes, 0, count);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    // What Unicode's compatibility forms turn into dots, slashes and percent signs, and what is not seen at all.
    private static bool IsMisleading(char c) => c is '\u2024' or '\u2025' or '\u2026' or '\ufe52' or '\uff0e' or '\uff61'
        or '\u2044' or '\u2215' or '\u29f8' or '\uff0f' or '\ufe68' or '\uff3c' or '\u2216' or '\ufe6a' or '\uff05' or '\uff1b' or '\u037e'
        or (>= '\u2100' and <= '\u2106') or (>= '\u2488' and <= '\u249b') or '\u33c2' or '\u33d8' or '\uff1f' or '\uff03' or '\ufeff'
        || char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.OtherNotAssigned
            or System.Globalization.UnicodeCategory.PrivateUse or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator;

    private static Refusal.Invalid Invalid(string why) => new("path", why);
}
