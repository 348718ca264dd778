namespace Patrol.AspNetCore;

/// <summary>
/// Verifies token texts, for what does not come as a request to ASP.NET Core. Each scheme has one, a keyed service under the scheme's
/// name; that of <see cref="PatrolDefaults.AuthenticationScheme"/> is also had without a key. Safe for any number of threads.
/// </summary>
public abstract class PatrolVerifier
{
    /// <summary>The longest text that can be a token's; longer ones are refused without being looked at.</summary>
    public const int LongestText = 1_000;

    private protected PatrolVerifier()
    {
    }

    /// <summary>Verifies a text. The verdict holds at this moment alone.</summary>
    /// <param name="text">The token's text.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <returns>The token, or why there is none; an authority that cannot be asked is a reason, not an exception.</returns>
    public abstract ValueTask<PatrolVerification> Verify(string text, CancellationToken cancellation = default);
}

/// <summary>Whether a text is a good token.</summary>
public enum PatrolVerdict
{
    /// <summary>Nobody could say; what asks must stay shut.</summary>
    Unavailable,

    /// <summary>It is not, or not any more.</summary>
    Bad,

    /// <summary>It is.</summary>
    Good,
}

/// <summary>What came of verifying a text.</summary>
public readonly struct PatrolVerification
{
    internal static readonly PatrolVerification Bad = new(PatrolVerdict.Bad, null);

    private PatrolVerification(PatrolVerdict verdict, PatrolToken? token) => (Verdict, Token) = (verdict, token);

    /// <summary>Whether it is a good token.</summary>
    public PatrolVerdict Verdict { get; }

    /// <summary>The token, if it is good; otherwise null.</summary>
    public PatrolToken? Token { get; }

    internal static PatrolVerification Good(PatrolToken token) => new(PatrolVerdict.Good, token);
}
