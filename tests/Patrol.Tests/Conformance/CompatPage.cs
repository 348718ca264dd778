using System.Text.RegularExpressions;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Conformance;

/// <summary>One row of a page below docs/compat: a name in backquotes, what it is, and why.</summary>
internal sealed record CompatRow(string Chapter, string Section, string Name, string State, string Why)
{
    public bool IsThere => State is not "absent";
}

/// <summary>Reads a page below docs/compat.</summary>
internal static partial class CompatPage
{
    public static List<CompatRow> Read(string page)
    {
        var rows = new List<CompatRow>();
        var (chapter, section) = ("", "");
        foreach (var line in Repository.Read($"docs/compat/{page}").Split('\n'))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
                (chapter, section) = (line[3..].Trim(), "");
            else if (line.StartsWith("### ", StringComparison.Ordinal))
                section = line[4..].Trim();
            else if (line.StartsWith("| `", StringComparison.Ordinal))
            {
                var cells = line.Split('|', StringSplitOptions.TrimEntries);
                foreach (Match name in Quoted().Matches(cells[1]))
                    rows.Add(new CompatRow(chapter, section, name.Groups["name"].Value, cells[2], cells[3]));
            }
        }
        return rows;
    }

    /// <summary>What is wrong where samples of entities, by the heading of their table, show other fields than the page lists.</summary>
    public static List<string> Compare(IEnumerable<CompatRow> rows, IReadOnlyDictionary<string, System.Text.Json.JsonElement[]> shown)
    {
        var listed = rows.Where(row => row.Chapter == "Fields").GroupBy(row => row.Section).ToDictionary(group => group.Key, group => group.ToList());
        var wrong = shown.Keys.Except(listed.Keys).Concat(listed.Keys.Except(shown.Keys)).Select(entity => $"{entity}: on one side only").ToList();
        foreach (var (entity, bodies) in shown.Where(pair => listed.ContainsKey(pair.Key)))
        {
            wrong.AddRange(listed[entity].GroupBy(row => row.Name).Where(same => same.Count() > 1).Select(same => $"{entity}: {same.Key} is listed twice"));
            var there = listed[entity].Where(row => row.IsThere).Select(row => row.Name).ToHashSet();
            var answered = bodies.SelectMany(body => body.Keys()).ToHashSet();
            wrong.AddRange(answered.Except(there).Select(field => $"{entity}: {field} is answered but not listed as there"));
            wrong.AddRange(there.Except(answered).Select(field => $"{entity}: {field} is listed but not answered"));
        }
        return wrong;
    }

    [GeneratedRegex("`(?<name>[^`]+)`")]
    private static partial Regex Quoted();
}
