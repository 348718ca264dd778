using System.Collections.Immutable;
using Patrol.Core.Scopes;

namespace Patrol.AspNetCore;

/// <summary>A good token and whose it is. Immutable.</summary>
public sealed class PatrolToken
{
    internal PatrolToken(long id, long userId, string username, ScopeSet scopes, DateTimeOffset? expiresAt)
    {
        (Id, UserId, Username, ScopeSet, ExpiresAt) = (id, userId, username, scopes, expiresAt);
        Scopes = [.. scopes.Names];
    }

    /// <summary>The token's id.</summary>
    public long Id { get; }

    /// <summary>The id of its user.</summary>
    public long UserId { get; }

    /// <summary>The name that its user signs in with.</summary>
    public string Username { get; }

    /// <summary>Its scopes, as they were given.</summary>
    public ImmutableArray<string> Scopes { get; }

    /// <summary>The instant from which on it does not work; null if it never ends.</summary>
    public DateTimeOffset? ExpiresAt { get; }

    internal ScopeSet ScopeSet { get; }

    /// <summary>Whether the token satisfies a scope, by itself or by a wider one: <c>api</c> opens what <c>read_api</c> does.</summary>
    /// <param name="scope">The scope's name.</param>
    /// <exception cref="ArgumentException">There is no scope of that name.</exception>
    public bool HasScope(string scope) => ScopeSet.HasAny(PatrolScopeAttribute.Find(scope).SatisfiedBy);
}
