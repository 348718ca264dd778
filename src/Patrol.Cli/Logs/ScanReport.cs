namespace Patrol.Cli.Logs;

/// <summary>What is told of a scan beside its rows.</summary>
internal static class ScanReport
{
    public static IEnumerable<string> Lines(LogScan scan)
    {
        var tokens = scan.Tokens;
        yield return $"{Count(scan.Lines, "line")} read: {Count(tokens.Count, "failing token")} in {Count(tokens.Requests, "request")}.";
        if (scan.BadLines > 0)
        {
            yield return scan.BadLines == scan.Lines
                ? "None of the lines is a JSON object: are these GitLab's api_json.log or production_json.log?"
                : $"{Count(scan.BadLines, "line")} could not be read: no JSON object, or longer than {LogBlock.LongestLine >> 20} MB.";
        }
        if (scan.Unnamed > 0)
            yield return $"{Count(scan.Unnamed, "further line")} with status 401 and no token that GitLab knows: a wrong text, a deleted token, or none (Git asks once without).";
        if (tokens.MayCountTwice)
            yield return $"More than {RequestSet.Most:N0} failed requests: of the others, one that stands in two lines was counted twice.";
        if (tokens.LeftOut > 0)
            yield return $"{Count(tokens.LeftOut, "request")} of further tokens are not shown: there are too many different ones. Give fewer files at once.";
    }

    private static string Count(long number, string what) => number == 1 ? $"1 {what}" : $"{number:N0} {what}s";
}
