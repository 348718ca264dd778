using Patrol.Core.Tokens;
using Patrol.Server.Access;

namespace Patrol.Server.Tokens;

/// <summary>Who may do what with a person's token. For projects' and groups' tokens the resource's members decide.</summary>
internal static class TokenPermissions
{
    /// <summary>The permission hangs on the token's user: one may read one's own impersonation tokens, too.</summary>
    public static bool MayRead(Caller caller, Token token) => caller.IsAdmin || caller.Is(token.UserId);

    public static bool MayRotate(Caller caller, Token token) => caller.IsAdmin || caller.Is(token.UserId);

    /// <summary>What an administrator made to act as somebody is not theirs to end.</summary>
    public static bool MayRevoke(Caller caller, Token token) =>
        caller.IsAdmin || (caller.Is(token.UserId) && token.Kind != TokenKind.Impersonation);
}
