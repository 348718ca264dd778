using System.Net;
using Patrol.Core.Scopes;
using Patrol.Server.Users;

namespace Patrol.Server.Access;

/// <summary>Who is calling, and with what.</summary>
/// <param name="User">Whose rights count: the token's owner, or the user named by Sudo.</param>
/// <param name="Token">The token presented.</param>
/// <param name="Address">Where the request comes from.</param>
/// <param name="AdminMode">Administrators' rights need the scope <c>admin_mode</c> at present.</param>
public sealed record Caller(User User, TokenSnapshot Token, IPAddress? Address, bool AdminMode)
{
    /// <summary>The caller may do what only administrators may, now and with this token.</summary>
    public bool IsAdmin => User.IsAdmin && (!AdminMode || Token.Token.Scopes.Has(ScopeCatalog.AdminMode));

    /// <summary>The caller's user is that user.</summary>
    public bool Is(long userId) => User.Id == userId;
}
