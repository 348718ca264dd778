using System.Text.RegularExpressions;

namespace Patrol.Cli.Sources.GitLabDatabase;

/// <summary>
/// Scopes as GitLab keeps them: a list in YAML, <c>---\n- api\n- read_user\n</c>, empty <c>--- []\n</c>; old rows have symbols
/// (<c>- :api</c>), and what people's own scripts wrote may stand in brackets (<c>[api, "read_user"]</c>). One token's scopes are
/// millions' scopes, so each text is read once.
/// </summary>
internal static partial class ScopeText
{
    // More than GitLab has combinations in use; where somebody has more, reading again costs little.
    private const int MostRemembered = 10_000;

    private static readonly Dictionary<string, string[]> Known = new(StringComparer.Ordinal);

    public static IReadOnlyList<string> Read(string yaml)
    {
        if (Known.TryGetValue(yaml, out var names))
            return names;
        var items = Item().Matches(yaml).SelectMany(match => match.Groups["name"].Captures).ToList();
        names = [.. (items.Count > 0 ? items : Bracketed().Match(yaml).Groups["name"].Captures.AsEnumerable()).Select(name => name.Value)];
        if (Known.Count < MostRemembered)
            Known.Add(yaml, names);
        return names;
    }

    public static string Write(IEnumerable<string> names) => $"---\n{string.Concat(names.Select(name => $"- {name}\n"))}";

    /// <summary>PostgreSQL's regular expression for lists with this scope.</summary>
    public static string Pattern(string scope) => $"""((^|\n)\s*- |[[,]\s*):?["']?{Regex.Escape(scope)}["']?\s*(\n|$|[],])""";

    [GeneratedRegex("""^\s*- +:?["']?(?<name>[^"'\n]+?)["']?\s*$""", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Item();

    [GeneratedRegex("""^(---)?\s*\[(\s*:?["']?(?<name>[^"',\]]+?)["']?\s*(,|(?=\])))*\]\s*$""", RegexOptions.ExplicitCapture)]
    private static partial Regex Bracketed();
}
