using System.Text;
using Patrol.Cli.Failures;

namespace Patrol.Cli.Sinks;

/// <summary>
/// A key of a <c>.env</c> file. Such a file has two readers, Compose and the shells that source it, so only lines that both read
/// alike are touched: <c>KEY=value</c>, with or without <c>export</c>, plain or in either quotes, a comment behind it. Quoted texts
/// of several lines are stepped over, and what looks like the key inside them with them.
/// </summary>
internal sealed class EnvEditor(string key) : ITextEditor
{
    public string What => key;

    /// <summary>The value of a key for which everything is right; null if the file does not have it.</summary>
    public static string? Value(byte[] file, string key, string path) =>
        new EnvEditor(key).FindAll(file, path) is { Count: > 0 } spots ? spots[^1].In(file) : null;

    public TextSpot Find(byte[] file, string path)
    {
        WholeFile.RefuseEncrypted(file, path);
        var spots = FindAll(file, path);
        return spots.Count switch
        {
            1 when TokenText.WhyNot(spots[0].In(file)) is { } why => throw Refuse(path, spots[0].Line, why),
            1 => spots[0],
            0 => throw new CliFailure(ExitCode.SomeRefused, $"{path} has no {key}. Add a line {key}= where it belongs, or name the key that it has."),
            _ => throw new CliFailure(
                ExitCode.SomeRefused, $"{path} has {key} {spots.Count} times, on the lines {string.Join(" and ", spots.Select(spot => spot.Line))}. Leave the one that is meant."),
        };
    }

    private List<TextSpot> FindAll(byte[] file, string path)
    {
        var text = Encoding.Latin1.GetString(file);
        var spots = new List<TextSpot>();
        var at = text.StartsWith("\u00ef\u00bb\u00bf", StringComparison.Ordinal) ? 3 : 0;
        var line = 1;
        while (at < text.Length)
        {
            var (end, spot) = Assignment(text, at, line, path);
            if (spot is { } found)
                spots.Add(found);
            line += text.AsSpan(at, end - at).Count('\n');
            at = end;
        }
        return spots;
    }

    // One line, or the several that a quoted value has: where the next one begins, and where this one's value is if it is the key's.
    private (int End, TextSpot? Spot) Assignment(string text, int start, int line, string path)
    {
        var lineEnd = EndOfLine(text, start);
        var equals = text.IndexOf('=', start, lineEnd - start);
        var name = equals < 0 ? "" : text[start..equals].Trim(' ', '\t');
        if (equals < 0 || name.StartsWith('#'))
        {
            return !IsOurs(text[start..lineEnd].Trim(' ', '\t', '\r', '\n').Split(':')[0])
                ? (lineEnd, null)
                : throw Refuse(path, line, "is written without '='");
        }
        var ours = IsOurs(name);
        var value = equals + 1;
        if (ours && (text[equals - 1] is ' ' or '\t' || (value < lineEnd && text[value] is ' ' or '\t' && !IsBlank(text[value..lineEnd]))))
            throw Refuse(path, line, "has blanks around '=', which shells do not take");
        while (value < lineEnd && text[value] is ' ' or '\t')
            value++;
        if (value < text.Length && value < lineEnd && text[value] is '"' or '\'')
            return Quoted(text, value, ours, line, path);
        if (!ours)
            return (lineEnd, null);
        var valueStart = equals + 1;
        var plain = text[valueStart..lineEnd].TrimEnd('\n', '\r');
        var comment = Comment(plain);
        plain = (comment < 0 ? plain : plain[..comment]).TrimEnd(' ', '\t');
        return (lineEnd, new TextSpot(valueStart, plain.Length, line));
    }

    private (int End, TextSpot? Spot) Quoted(string text, int open, bool ours, int line, string path)
    {
        var quote = text[open];
        var close = open + 1;
        while (close < text.Length && text[close] != quote)
            close += quote == '"' && text[close] == '\\' ? 2 : 1;
        if (close >= text.Length)
        {
            // A quotation mark that nothing closes: to a shell the file ends there. Other keys' riddles are not ours.
            return ours ? throw Refuse(path, line, "begins with a quotation mark that nothing closes") : (EndOfLine(text, open), null);
        }
        var end = EndOfLine(text, close);
        if (!ours)
            return (end, null);
        var rest = text[(close + 1)..end].Trim(' ', '\t', '\r', '\n');
        if (rest.Length > 0 && !rest.StartsWith('#'))
            throw Refuse(path, line, "has more text behind its quotation marks");
        return (end, new TextSpot(open + 1, close - open - 1, line));
    }

    private bool IsOurs(string name) =>
        name == key || (name.StartsWith("export", StringComparison.Ordinal) && name.Length > 6 && name[6] is ' ' or '\t' && name[6..].Trim(' ', '\t') == key);

    private CliFailure Refuse(string path, int line, string why) => new(ExitCode.SomeRefused, $"{path}, line {line}: {key} {why}. Nothing was changed.");

    private static bool IsBlank(string text) => text.Trim(' ', '\t', '\r', '\n') is "" or ['#', ..];

    // A comment begins at a # behind a blank, or right at the value's start behind one.
    private static int Comment(string text)
    {
        for (var at = 1; at < text.Length; at++)
        {
            if (text[at] == '#' && text[at - 1] is ' ' or '\t')
                return at;
        }
        return -1;
    }

    private static int EndOfLine(string text, int from) => text.IndexOf('\n', from) is >= 0 and var end ? end + 1 : text.Length;
}
