using System.Text.RegularExpressions;
using Patrol.Cli.Sources;

namespace Patrol.Cli.Logs;

/// <summary>A failing token as it is shown.</summary>
/// <param name="Failure">What the logs tell.</param>
/// <param name="Token">What the system tells that was named; null if none was named, or it has no such token.</param>
/// <param name="Next">What to do about it.</param>
internal sealed partial record FailureRow(FailingToken Failure, FoundToken? Token, string Next)
{
    private const string Further = "…";

    public IReadOnlyList<string> Addresses { get; } = Texts(Failure.Addresses);

    public IReadOnlyList<string> Paths { get; } = Texts(Failure.Paths);

    public IReadOnlyList<string> Clients { get; } = Texts(Failure.Clients);

    private static List<string> Texts(in ValueTally tally)
    {
        var texts = tally.Texts().Select(text => TokenText().Replace(text, "[FILTERED]")).Distinct(StringComparer.Ordinal).ToList();
        if (tally.IsCut)
            texts.Add(Further);
        return texts;
    }

    // People put token texts where they do not belong, such as into a path, and GitLab logs those.
    [GeneratedRegex(@"\bgl[a-z]{2,8}-[0-9A-Za-z_\-]{15,}(\.[0-9a-z.]+)?", RegexOptions.ExplicitCapture)]
    private static partial Regex TokenText();
}
