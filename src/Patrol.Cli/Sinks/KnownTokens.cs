using Patrol.Core.Tokens;

namespace Patrol.Cli.Sinks;

/// <summary>Every token text that a run has come across, old and new: other programs neither get one by accident, nor is one shown that they print.</summary>
internal sealed class KnownTokens
{
    // What is shorter is no token that a system gave out, and stands in every other line.
    private const int Shortest = 6;

    // Replaced, never changed: what a program left running prints is looked at meanwhile. The longest first, since one may be part of another.
    private volatile string[] texts = [];

    public void Add(params IEnumerable<Secret?> tokens) => texts =
        [.. texts.Concat(tokens.OfType<Secret>().Select(token => token.Reveal()).Where(text => text.Length >= Shortest)).Distinct(StringComparer.Ordinal).OrderByDescending(text => text.Length)];

    public bool AreIn(string? text) => text is not null && Array.Exists(texts, known => text.Contains(known, StringComparison.Ordinal));

    /// <summary>A line with the tokens in it blacked out.</summary>
    public string Cover(string line) => texts.Aggregate(line, (text, known) => text.Replace(known, "[token]", StringComparison.Ordinal));
}
