namespace Patrol.Server.Tokens;

/// <summary>A text that somebody else made and that a token is to have.</summary>
internal static class GivenTokenText
{
    /// <summary>Shorter ones can be guessed.</summary>
    public const int MinimumLength = 20;
}
