using Patrol.Core.Directory;
using Patrol.Core.Lifetimes;
using Patrol.Core.Results;

namespace Patrol.Core.Rotation;

/// <summary>
/// When a token may be replaced by a new one with the same name and scopes, and how long the new one lasts (GitLab's rules).
/// </summary>
public static class RotationRules
{
    /// <summary>Decides a rotation.</summary>
    /// <param name="revoked">The token is already revoked. An expired one may be rotated.</param>
    /// <param name="botLevel">For a project's or group's token: its bot's access level; else null.</param>
    /// <param name="callerLevel">The caller's access level there; an administrator's is <see cref="AccessLevel.Owner"/>.</param>
    /// <param name="asked">The date the caller asks for, or null for the default.</param>
    /// <param name="policy">How long tokens may last.</param>
    /// <param name="today">The UTC day of the request.</param>
    /// <returns>The new token's expiry date, or why not.</returns>
    public static Result<DateOnly?> Decide(
        bool revoked, AccessLevel? botLevel, AccessLevel callerLevel, DateOnly? asked, LifetimePolicy policy, DateOnly today)
    {
        if (revoked)
            return new Refusal.WrongState("Token already revoked");
        if (botLevel > callerLevel)
            return new Refusal.WrongState("Not eligible to rotate tokens with permissions not held by the user");
        return policy.Check(asked ?? policy.DefaultForRotation(today), today);
    }

    /// <summary>
    /// Whether a request with a revoked token counts as reuse, which ends the token's descendants: only an attempt to rotate does.
    /// </summary>
    /// <param name="path">The request's path.</param>
    public static bool IsReuse(ReadOnlySpan<char> path)
    {
        const string tail = "/rotate";
        if (!path.EndsWith(tail))
            return false;
        path = path[..^tail.Length];
        var slash = path.LastIndexOf('/');
        if (slash < 0 || !path[..slash].EndsWith("access_tokens"))
            return false;
        var id = path[(slash + 1)..];
        return id is "self" || (!id.IsEmpty && !id.ContainsAnyExceptInRange('0', '9'));
    }
}
