using Microsoft.AspNetCore.Http;

namespace Patrol.AspNetCore;

/// <summary>Why a request is not authenticated, in RFC 6750's words. It never holds the token.</summary>
internal sealed class PatrolFailure(int status, string error, string description) : Exception(description)
{
    public static readonly PatrolFailure BadToken = new(StatusCodes.Status401Unauthorized, "invalid_token", "The token is unknown, expired or revoked, or its owner is blocked.");

    public static readonly PatrolFailure SeveralTokens = new(StatusCodes.Status400BadRequest, "invalid_request", "Different tokens were presented in one request; present one.");

    public static readonly PatrolFailure OverlongToken =
        new(StatusCodes.Status400BadRequest, "invalid_request", $"A token has at most {PatrolVerifier.LongestText} characters.");

    public static readonly PatrolFailure Unavailable = new(StatusCodes.Status503ServiceUnavailable, "temporarily_unavailable", "Tokens cannot be verified at present. Try again later.");

    /// <summary>What a challenge answers.</summary>
    public int Status => status;

    public string Error => error;
}
