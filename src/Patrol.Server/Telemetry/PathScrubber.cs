using Patrol.Server.Access;

namespace Patrol.Server.Telemetry;

/// <summary>
/// Takes token texts out of what is logged of an address. People do put a token where an id belongs.
/// </summary>
public sealed class PathScrubber(GivenTokens given, ServerSecret secret)
{
    private const int ShortestToken = 20;
    private const string Filtered = "[FILTERED]";

    /// <summary>The same text with every part that is, or looks like, a token's text replaced.</summary>
    public string Scrub(string text)
    {
        if (text.Length < ShortestToken)
            return text;
        var parts = text.Split('/');
        var found = false;
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i].Length < ShortestToken || !IsToken(parts[i]))
                continue;
            parts[i] = Filtered;
            found = true;
        }
        return found ? string.Join('/', parts) : text;
    }

    private bool IsToken(string part) =>
        part.Contains("glpat-", StringComparison.Ordinal) || given.MayExist(part, secret.Digest(part));
}
