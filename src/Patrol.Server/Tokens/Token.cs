using Patrol.Core.Lifetimes;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;

namespace Patrol.Server.Tokens;

/// <summary>A token as it is shown: everything but its text, which nobody has any more.</summary>
public sealed record Token
{
    public required long Id { get; init; }
    public required TokenDialect Dialect { get; init; }
    public required TokenKind Kind { get; init; }
    public required long UserId { get; init; }
    public required string Name { get; init; }
    public string? Description { get; init; }
    public required ScopeSet Scopes { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }
    public DateTimeOffset? LastUsedAt { get; init; }
    public IReadOnlyList<string> LastUsedIps { get; init; } = [];
    public long? PreviousId { get; init; }

    /// <summary>It was renewed and will be revoked then.</summary>
    public DateTimeOffset? RetiresAt { get; init; }

    /// <summary>For a project's or group's token: the resource and its bot's access level there, null if it has lost it.</summary>
    public BotPlace? Bot { get; init; }

    public bool IsRevoked => RevokedAt is not null;

    /// <summary>The UTC day at whose start the token stops working.</summary>
    public DateOnly? ExpiresOn => ExpiresAt is { } instant ? UtcDay.Of(instant) : null;

    public bool IsExpired(DateTimeOffset now) => ExpiresAt <= now;
}

/// <summary>Where a bot belongs.</summary>
/// <param name="IsGroup">To a group rather than a project.</param>
/// <param name="ResourceId">The project's or group's id.</param>
/// <param name="AccessLevel">The bot's access level there; null if it is no member any more.</param>
public sealed record BotPlace(bool IsGroup, long ResourceId, long? AccessLevel);

/// <summary>A new token and, this once, its text.</summary>
public sealed record IssuedToken(Token Token, Secret Text);
