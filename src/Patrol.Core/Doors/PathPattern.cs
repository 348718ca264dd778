using System.Buffers;
using Patrol.Core.Results;

namespace Patrol.Core.Doors;

/// <summary>How a path stands to a pattern.</summary>
public enum PathFit
{
    /// <summary>It is another path.</summary>
    No,

    /// <summary>Some services may take it for a path of the pattern: then the pattern's rule binds, but opens nothing.</summary>
    Perhaps,

    /// <summary>It fits.</summary>
    Yes,

    /// <summary>It fits in more than one way: nobody can say which project or group is meant.</summary>
    Ambiguous,
}

/// <summary>
/// Which paths a rule is about: <c>/a/b</c>, with <c>*</c> for one segment, <c>**</c> at the end for any number, and
/// <c>{project}</c> or <c>{group}</c> for an id or a full path, which has one or more segments.
/// </summary>
public sealed class PathPattern
{
    private const string Any = "*";
    private static readonly SearchValues<char> Meaningful = SearchValues.Create("*{}?#%;\\");
    private readonly string[] parts;
    private readonly bool takesRest;
    private readonly int capture;

    private PathPattern(string text, string[] parts, bool takesRest, int capture, bool? isGroup) =>
        (Text, this.parts, this.takesRest, this.capture, CapturesGroup) = (text, parts, takesRest, capture, isGroup);

    /// <summary>The pattern as written.</summary>
    public string Text { get; }

    /// <summary>Whether the path names a group; false for a project, null for neither.</summary>
    public bool? CapturesGroup { get; }

    /// <summary>Reads a pattern.</summary>
    /// <returns>The pattern, or a refusal of the field <c>path</c>.</returns>
    public static Result<PathPattern> Parse(string text)
    {
        if (text.Length == 0 || text[0] != '/')
            return Invalid("must begin with a slash");
        var parts = text == "/" ? [] : text[1..].Split('/');
        var takesRest = parts.Length > 0 && parts[^1] == "**";
        if (takesRest)
            parts = parts[..^1];
        var capture = -1;
        bool? isGroup = null;
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i] is "{project}" or "{group}")
            {
                if (capture >= 0)
                    return Invalid("can name only one project or group");
                (capture, isGroup) = (i, parts[i] == "{group}");
            }
            else if (parts[i] != Any && (parts[i].AsSpan().ContainsAny(Meaningful) || DoorPath.Parse($"/{parts[i]}") is not { Refusal: null, Value.Count: 1 }))
            {
                return Invalid($"has a part '{parts[i]}' that is neither plain text nor *, ** at the end, {{project}} or {{group}}");
            }
        }
        // Else nobody could say where the project's path ends.
        return takesRest && capture >= 0 && !parts[(capture + 1)..].Any(part => part != Any)
            ? Invalid("needs plain text between {project} or {group} and **")
            : new PathPattern(text, parts, takesRest, capture, isGroup);
    }

    /// <summary>Compares a path with the pattern.</summary>
    /// <param name="path">The path.</param>
    /// <param name="captured">The project's or group's id or full path, where the pattern has one and the path fits.</param>
    public PathFit Match(DoorPath path, out string? captured)
    {
        captured = null;
        var spare = path.Count - parts.Length;
        if (capture < 0)
            return spare < 0 || (spare > 0 && !takesRest) ? PathFit.No : Fit(path, 0, 0, parts.Length, Ending(path, spare));

        var found = PathFit.No;
        for (var length = takesRest ? 1 : spare + 1; length <= spare + 1 && length > 0; length++)
        {
            var fit = Fit(path, 0, 0, capture, Ending(path, spare + 1 - length));
            if (fit != PathFit.No)
                fit = Fit(path, capture + length, capture + 1, parts.Length - capture - 1, fit);
            if (fit == PathFit.No)
                continue;
            if (found != PathFit.No)
                return PathFit.Ambiguous;
            (found, captured) = (fit, path.Join(capture, length));
        }
        return found;
    }

    // A slash at the end belongs to what ** stands for; elsewhere only some services overlook it.
    private PathFit Ending(DoorPath path, int rest) => path.EndsWithSlash && !(takesRest && rest >= 0) && path.Count > 0 ? PathFit.Perhaps : PathFit.Yes;

    private PathFit Fit(DoorPath path, int segment, int part, int count, PathFit best)
    {
        for (var i = 0; i < count; i++)
        {
            var expected = parts[part + i];
            var given = path[segment + i];
            if (expected == Any || given.SequenceEqual(expected))
                continue;
            if (!MayBe(given, expected))
                return PathFit.No;
            best = PathFit.Perhaps;
        }
        return best;
    }

    // Case, what follows a semicolon, dots and blanks at the end (Windows), and Unicode's several forms of one text.
    private static bool MayBe(ReadOnlySpan<char> given, string expected)
    {
        if (given.Equals(expected, StringComparison.OrdinalIgnoreCase))
            return true;
        foreach (var c in given)
        {
            if (c > '~' && !HasOneForm(c))
                return true;
        }
        if (given.IndexOf(';') is >= 0 and var parameter)
            given = given[..parameter];
        return given.TrimEnd(". ").Equals(expected, StringComparison.OrdinalIgnoreCase);
    }

    // Kana without combining marks, and ideographs: Japanese paths are not to be taken for each other.
    private static bool HasOneForm(char c) => c is (>= '\u3041' and <= '\u3096') or (>= '\u30a1' and <= '\u30fa') or '\u30fc' or (>= '\u4e00' and <= '\u9fff');

    private static Refusal.Invalid Invalid(string why) => new("path", why);
}
