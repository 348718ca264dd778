using System.Buffers;
using System.Text;

namespace Patrol.Cli.Output;

/// <summary>
/// Makes text from elsewhere harmless: a token's name can hold escape codes that repaint a terminal, marks that reverse the order
/// of letters, line ends that fake further lines, or a formula that a spreadsheet would run.
/// </summary>
internal static class Plain
{
    private static readonly string Controls = string.Concat(
        Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7f, 0x21)).Concat([0x61c, 0x200e, 0x200f, 0x2028, 0x2029])
            .Concat(Enumerable.Range(0x202a, 5)).Concat(Enumerable.Range(0x2066, 4)).Append(0xfeff).Select(code => (char)code));

    private static readonly SearchValues<char> Dangerous = SearchValues.Create(Controls);
    private static readonly SearchValues<char> DangerousInLines = SearchValues.Create(Controls.Replace("\n", "", StringComparison.Ordinal));

    /// <summary>Whether a character may not be shown as it is.</summary>
    public static bool IsDangerous(char c) => Dangerous.Contains(c);

    /// <summary>The text with <c>\u001b</c> and the like for what would not be shown as it is.</summary>
    public static string Text(string text) => Escape(text, Dangerous);

    /// <summary>The same, keeping line ends.</summary>
    public static string Lines(string text) => Escape(text, DangerousInLines);

    /// <summary>Whether a spreadsheet would take the text for a formula.</summary>
    public static bool LooksLikeFormula(string text) =>
        text.AsSpan().TrimStart() is { Length: > 0 } start && start[0] is '=' or '+' or '-' or '@' or '＝' or '＋' or '－' or '＠';

    private static string Escape(string text, SearchValues<char> dangerous)
    {
        if (!text.AsSpan().ContainsAny(dangerous))
            return text;
        var escaped = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            if (dangerous.Contains(c))
                escaped.Append($"\\u{(int)c:x4}");
            else
                escaped.Append(c);
        }
        return escaped.ToString();
    }
}
