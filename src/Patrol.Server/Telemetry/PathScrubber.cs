using System.Buffers;
using System.Text.RegularExpressions;
using Patrol.Server.Access;
using Patrol.Server.Settings;

namespace Patrol.Server.Telemetry;

/// <summary>
/// Takes token texts out of what is logged of a request: its address, its program's name, its host. People do put a token where
/// an id belongs, and scripts where their name belongs.
/// </summary>
public sealed partial class PathScrubber(GivenTokens given, ServerSecret secret, SettingsStore settings)
{
    private const int ShortestToken = 20;
    private const string Filtered = "[FILTERED]";
    private static readonly SearchValues<char> BetweenWords = SearchValues.Create(" /,;()\"'<>&");

    /// <summary>The same text with every part that is, or looks like, a token's text replaced.</summary>
    public string Scrub(string text)
    {
        if (text.Length < ShortestToken)
            return text;
        // A given text may hold any character: first as a whole, then between slashes, then word by word.
        return IsToken(text) ? Filtered : Part().Replace(text, part => IsToken(part.Value) ? Filtered : Word().Replace(part.Value, word => IsToken(word.Value) ? Filtered : word.Value));
    }

    private bool IsToken(string part) => part.Length >= ShortestToken && (LooksLikeToken(part) || given.MayExist(part, secret.Digest(part)));

    // Also one with a slip of the pen in it, of which no checksum and no digest tells.
    private bool LooksLikeToken(string part)
    {
        if (part.AsSpan().ContainsAny(BetweenWords))
            return false;
        var prefix = settings.Current.TokenPrefix;
        return OfGitLab().IsMatch(part) || (prefix.Length > 0 && part.StartsWith(prefix, StringComparison.Ordinal));
    }

    [GeneratedRegex("[^/]{20,}")]
    private static partial Regex Part();

    [GeneratedRegex("""[^\s/,;:=()"'<>&\[\]{}|]{20,}""")]
    private static partial Regex Word();

    // glpat-, gldt-, glrt- and their like, wherever in a word; or the end of a routable text, whatever it starts with.
    [GeneratedRegex(@"gl[a-z]{1,8}-[A-Za-z0-9_.-]{10}|[A-Za-z0-9_-]{20}\.01\.[0-9a-z]{9}")]
    private static partial Regex OfGitLab();
}
