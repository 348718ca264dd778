using System.Net;
using Patrol.Core.Scopes;
using Patrol.Server.Users;

namespace Patrol.Server.Access;

/// <summary>Who is calling, and with what.</summary>
/// <param name="User">Whose rights count: the token's owner, the user named by Sudo, or who is signed in.</param>
/// <param name="Presented">The token presented; null for somebody who has given a password or is signed in.</param>
/// <param name="Address">Where the request comes from.</param>
/// <param name="AdminMode">Administrators' rights need the scope <c>admin_mode</c> at present.</param>
public sealed record Caller(User User, TokenSnapshot? Presented, IPAddress? Address, bool AdminMode)
{
    /// <summary>The token presented.</summary>
    /// <exception cref="InvalidOperationException">None was, and the surface is one that takes passwords or sessions.</exception>
    public TokenSnapshot Token => Presented ?? throw new InvalidOperationException("The caller has presented no token.");

    /// <summary>The caller may do what only administrators may, now and with this token. Admin mode is about tokens alone.</summary>
    public bool IsAdmin => User.IsAdmin && (!AdminMode || Presented is null || Presented.Token.Scopes.Has(ScopeCatalog.AdminMode));

    /// <summary>The caller's user is that user.</summary>
    public bool Is(long userId) => User.Id == userId;
}
