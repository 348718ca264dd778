using System.Globalization;
using System.Net;
using Patrol.Core.Tokens;
using Patrol.Server.Tokens;
using Patrol.Server.Users;

namespace Patrol.Server.Access;

/// <summary>
/// A token with its owner as they were when read. Immutable but for the record of its last use, so that it can be shared by all
/// requests; whoever changes token or owner has it evicted.
/// </summary>
public sealed class TokenSnapshot(Token token, User owner, LastUse lastUse)
{
    private LastUse use = lastUse;

    public Token Token { get; } = token;

    public User Owner { get; } = owner;

    /// <summary>When it was read.</summary>
    public DateTimeOffset ReadAt { get; init; }

    // As the verification door writes them, made once.
    public string UserIdText { get; } = owner.Id.ToString();

    public string TokenIdText { get; } = token.Id.ToString();

    public string ScopesText { get; } = token.Scopes.ToString();

    public string? ExpiresOnText { get; } = token.ExpiresOn?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>When and from where it was last used, as far as this server has recorded.</summary>
    public LastUse Use
    {
        get => Volatile.Read(ref use);
        set => Volatile.Write(ref use, value);
    }

    /// <summary>What its verdict rests on.</summary>
    public TokenFacts Facts => new(Token.Kind, Token.ExpiresAt, Token.IsRevoked, Owner.IsActive);
}

/// <summary>A recorded last use.</summary>
/// <param name="At">When; null if never.</param>
/// <param name="Addresses">The addresses it was used from, newest first, at most five.</param>
public sealed record LastUse(DateTimeOffset? At, IPAddress[] Addresses);
