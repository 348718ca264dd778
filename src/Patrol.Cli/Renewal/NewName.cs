using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Patrol.Cli.Renewal;

/// <summary>
/// The names of new tokens: the old one's, the day, and letters that no other has, since GitLab's names are not unique. What a
/// crash made and lost is found by it.
/// </summary>
internal static partial class NewName
{
    private const int Longest = 255, LongestOfAtlassian = 40;

    public static string Make(PlannedToken token, DateOnly today)
    {
        var end = $" {today:yyyyMMdd}-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";
        var start = token.TokenName[..Math.Min(token.TokenName.Length, (token.Source.Kind is "jira" or "confluence" ? LongestOfAtlassian : Longest) - end.Length)];
        return start + end;
    }

    /// <summary>Whether <see cref="Make"/> made this name out of that one.</summary>
    public static bool IsOf(string start, string name) => End().Match(name) is { Success: true } end && start.StartsWith(name[..end.Index], StringComparison.Ordinal) && end.Index > 0;

    /// <summary>The name without what <see cref="Make"/> put behind it.</summary>
    public static string Start(string name) => End().Replace(name, "");

    [GeneratedRegex(" [0-9]{8}-[0-9a-f]{6}$")]
    private static partial Regex End();
}
