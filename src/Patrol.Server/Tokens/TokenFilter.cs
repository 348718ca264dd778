using Patrol.Core.Tokens;

namespace Patrol.Server.Tokens;

/// <summary>Which tokens are meant. What is null does not matter; everything else must hold.</summary>
public sealed record TokenFilter
{
    public TokenDialect? Dialect { get; init; }

    /// <summary>These and no others; none at all if it is empty.</summary>
    public IReadOnlySet<long>? Ids { get; init; }

    public IReadOnlyCollection<TokenKind>? Kinds { get; init; }

    /// <summary>Owned by one of these users.</summary>
    public IReadOnlySet<long>? Owners { get; init; }

    /// <summary>Owned by none of these users.</summary>
    public IReadOnlySet<long>? NotOwners { get; init; }

    public bool? Revoked { get; init; }

    public TokenState? State { get; init; }

    /// <summary>At or before.</summary>
    public DateTimeOffset? CreatedBefore { get; init; }

    /// <summary>At or after.</summary>
    public DateTimeOffset? CreatedAfter { get; init; }

    /// <summary>At or before; tokens never used are left out.</summary>
    public DateTimeOffset? LastUsedBefore { get; init; }

    /// <summary>At or after.</summary>
    public DateTimeOffset? LastUsedAfter { get; init; }

    /// <summary>Never used at all.</summary>
    public bool NeverUsed { get; init; }

    /// <summary>Not used since then; tokens never used count from their creation.</summary>
    public DateTimeOffset? UnusedSince { get; init; }

    /// <summary>Before that day, the day itself not included; tokens without expiry are left out.</summary>
    public DateOnly? ExpiresBefore { get; init; }

    /// <summary>On that day or later; tokens without expiry are left out.</summary>
    public DateOnly? ExpiresAfter { get; init; }

    /// <summary>At that instant or later; tokens without expiry are after all others.</summary>
    public DateTimeOffset? EndsFrom { get; init; }

    /// <summary>At that instant or earlier.</summary>
    public DateTimeOffset? EndsTo { get; init; }

    /// <summary>True: without expiry; false: with one.</summary>
    public bool? NoExpiry { get; init; }

    /// <summary>Carrying this scope: a <see cref="Core.Scopes.Scope.Bit"/>.</summary>
    public ulong? Scope { get; init; }

    /// <summary>Words that the name contains, whatever their case.</summary>
    public IReadOnlyList<string> Search { get; init; } = [];
}

/// <summary>A token's state as lists filter by it.</summary>
public enum TokenState
{
    /// <summary>Neither revoked nor expired.</summary>
    Active,

    /// <summary>Revoked or expired.</summary>
    Inactive,

    /// <summary>Expired and not revoked: what lists show as expired.</summary>
    Expired,

    Revoked,
}

/// <summary>By what a list of tokens is sorted; ties by id in the same direction.</summary>
public enum TokenOrder
{
    Id,
    Created,
    Updated,
    Expires,
    LastUsed,
    Name,
}
