namespace Patrol.AspNetCore;

/// <summary>
/// The claims that say what the token is. The user's id and name are <see cref="System.Security.Claims.ClaimTypes.NameIdentifier"/> and
/// <see cref="System.Security.Claims.ClaimTypes.Name"/>. These have names of their own, so that no other scheme's claims pass for them.
/// </summary>
public static class PatrolClaims
{
    /// <summary>One scope of the token, as GitLab calls it; a claim for each.</summary>
    public const string Scope = "urn:patrol:scope";

    /// <summary>The token's id.</summary>
    public const string TokenId = "urn:patrol:token_id";

    /// <summary>The instant at which the token ends, in Unix seconds; absent if it never does.</summary>
    public const string ExpiresAt = "urn:patrol:expires_at";
}
