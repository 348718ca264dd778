using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Patrol.Core.Directory;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Settings;

namespace Patrol.Server.Telemetry;

/// <summary>
/// Takes token texts out of what is logged of a request: its address, its program's name, its host. People do put a token where
/// an id belongs, and scripts where their name belongs. A given text may hold any character, so every stretch between two
/// places where a text could begin or end is looked at, within bounds.
/// </summary>
public sealed partial class PathScrubber(GivenTokens given, ServerSecret secret, SettingsStore settings)
{
    private const int ShortestToken = 20;
    private const int LongestText = 1_000;
    private const int MostMarks = 16;
    private const int MostLookedAt = 500;
    private const int MostRemembered = 1_000;
    private const string Filtered = "[FILTERED]";

    // Texts that hold nothing.
    private readonly ConcurrentDictionary<string, bool> remembered = new(StringComparer.Ordinal);
    private int rememberedAt;

    /// <summary>As <see cref="Scrub"/>, for texts that come again and again, such as the names of programs.</summary>
    public string ScrubOften(string text)
    {
        if (text.Length < ShortestToken)
            return text;
        var count = given.Count;
        if (rememberedAt != count)
        {
            remembered.Clear();
            rememberedAt = count;
        }
        if (remembered.ContainsKey(text))
            return text;
        var scrubbed = Scrub(text);
        if (ReferenceEquals(scrubbed, text) && remembered.Count < MostRemembered)
            remembered.TryAdd(text, true);
        return scrubbed;
    }

    /// <summary>As <see cref="Scrub"/>, for a path, in which a slash within a value is still encoded.</summary>
    public string ScrubPath(string path)
    {
        var plain = path.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        var scrubbed = Scrub(plain);
        return scrubbed == plain ? path : scrubbed;
    }

    /// <summary>The same text with every part that is, or looks like, a token's text replaced; all of it if it is too crooked to be looked through.</summary>
    public string Scrub(string text)
    {
        if (text.Length < ShortestToken)
            return text;
        if (text.Length > LongestText)
            return Filtered;
        text = ScrubNumbered(LooksLikeToken().Replace(text, Filtered));
        var prefix = settings.Current.TokenPrefix;
        if (prefix.Length > 0 && text.Contains(prefix, StringComparison.Ordinal))
            text = Regex.Replace(text, $"{Regex.Escape(prefix)}[A-Za-z0-9_.-]{{10,}}", Filtered);
        return ScrubKnown(text);
    }

    // Atlassian's form, whoever made it: wherever it begins, since slashes belong to it.
    private static string ScrubNumbered(string text)
    {
        for (var at = 0; at + NumberedToken.Length <= text.Length; at++)
        {
            if (NumberedToken.HasForm(text.AsSpan(at, NumberedToken.Length)))
                text = $"{text[..at]}{Filtered}{text[(at + NumberedToken.Length)..]}";
        }
        return text;
    }

    private string ScrubKnown(string text)
    {
        var marks = Marks(text);
        var lookedAt = 0;
        for (var from = 0; from < marks.Count; from++)
        {
            for (var to = Math.Min(from + MostMarks, marks.Count - 1); to > from && marks[to] - marks[from] >= ShortestToken; to--)
            {
                if (++lookedAt > MostLookedAt)
                    return Filtered;
                var part = text[marks[from]..marks[to]];
                if (given.MayExist(part, secret.Digest(part)))
                    return $"{text[..marks[from]]}{Filtered}{ScrubKnown(text[marks[to]..])}";
            }
        }
        return text;
    }

    // Before and after every character that is not a word's.
    private static List<int> Marks(string text)
    {
        var marks = new List<int> { 0 };
        for (var i = 1; i < text.Length; i++)
        {
            if (!IsWord(text[i]) || !IsWord(text[i - 1]))
                marks.Add(i);
        }
        marks.Add(text.Length);
        return marks;
    }

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '~';

    // glpat-, gldt-, glrt- and their like, also with a slip of the pen in it, of which no checksum and no digest tells; or the
    // end of a routable text, whatever it starts with; or a session's text.
    [GeneratedRegex(@"gl[a-z]{1,8}-[A-Za-z0-9_.-]{10,}|[A-Za-z0-9_-]{20,}\.01\.[0-9a-z]{9}|" + SessionRules.TextPrefix + "[A-Za-z0-9_-]{20,}")]
    private static partial Regex LooksLikeToken();
}
