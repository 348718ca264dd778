namespace Patrol.Server.Tokens;

/// <summary>How long a text may be that somebody else made and that a token is to have.</summary>
internal static class GivenTokenText
{
    /// <summary>Shorter ones can be guessed.</summary>
    public const int MinimumLength = 20;

    public const int MaximumLength = 500;
}
