namespace Patrol.Core.Tokens;

/// <summary>Whether a presented token may be used now, and if not, why.</summary>
public enum TokenVerdict
{
    Good,
    Unknown,
    Expired,
    Revoked,
    ImpersonationDisabled,
    OwnerBlocked,

    /// <summary>All tokens of its dialect are switched off.</summary>
    SwitchedOff,
}

/// <summary>The rules by which a known token is judged.</summary>
public static class TokenRules
{
    /// <summary>
    /// Judges a token in GitLab's order: expired before revoked, so that a token that is both answers "expired"
    /// (and does not count as reuse of a revoked one), impersonation after both, then the owner's state and the switch
    /// that stops a whole dialect.
    /// </summary>
    /// <param name="token">What is known of the token.</param>
    /// <param name="policy">What the instance enforces.</param>
    /// <param name="now">The instant of the request.</param>
    public static TokenVerdict Judge(in TokenFacts token, in TokenPolicy policy, DateTimeOffset now)
    {
        if (policy.ExpiryEnforced && token.ExpiresAt <= now)
            return TokenVerdict.Expired;
        if (token.Revoked)
            return TokenVerdict.Revoked;
        if (token.Kind == TokenKind.Impersonation && !policy.ImpersonationEnabled)
            return TokenVerdict.ImpersonationDisabled;
        if (!token.OwnerActive)
            return TokenVerdict.OwnerBlocked;
        return policy.Enabled ? TokenVerdict.Good : TokenVerdict.SwitchedOff;
    }
}

/// <summary>The facts of a token that its verdict rests on.</summary>
/// <param name="Kind">What it is for.</param>
/// <param name="ExpiresAt">The first instant at which it no longer works; null if it never ends.</param>
/// <param name="Revoked">Somebody has ended it.</param>
/// <param name="OwnerActive">Its user may sign in.</param>
public readonly record struct TokenFacts(TokenKind Kind, DateTimeOffset? ExpiresAt, bool Revoked, bool OwnerActive);

/// <summary>The instance's settings that a verdict rests on.</summary>
/// <param name="ExpiryEnforced">False lets expired tokens go on working, as older GitLab allowed.</param>
/// <param name="ImpersonationEnabled">False stops every impersonation token.</param>
/// <param name="Enabled">False stops every token of the dialect.</param>
public readonly record struct TokenPolicy(bool ExpiryEnforced, bool ImpersonationEnabled, bool Enabled = true);
