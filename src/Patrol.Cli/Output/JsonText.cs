using System.Buffers;
using System.Text;

namespace Patrol.Cli.Output;

/// <summary>Text inside JSON's quotation marks: other languages' letters stay, what a terminal would act on does not.</summary>
internal static class JsonText
{
    private static readonly SearchValues<char> Special = SearchValues.Create(
        string.Concat(Enumerable.Range(0, char.MaxValue + 1).Select(code => (char)code).Where(c => c is '"' or '\\' || Plain.IsDangerous(c))));

    public static string Escape(string text)
    {
        if (!text.AsSpan().ContainsAny(Special))
            return text;
        var escaped = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            if (c is '"' or '\\')
                escaped.Append('\\').Append(c);
            else if (Plain.IsDangerous(c))
                escaped.Append($"\\u{(int)c:x4}");
            else
                escaped.Append(c);
        }
        return escaped.ToString();
    }
}
