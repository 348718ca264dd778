using Patrol.Core.Directory;
using Patrol.Server.Users;

namespace Patrol.Server.Members;

/// <summary>A user's membership of a project or group, as stored. Instants are Unix milliseconds.</summary>
public sealed record Membership
{
    public const string Columns = "m.id, m.resource_kind, m.resource_id, m.user_id, m.access_level AS level, m.expires_at, m.created_by, m.created_at";

    public long Id { get; init; }
    public long ResourceKind { get; init; }
    public long ResourceId { get; init; }
    public long UserId { get; init; }
    public AccessLevel Level { get; init; }

    /// <summary>The first instant at which it no longer counts.</summary>
    public long? ExpiresAt { get; init; }

    /// <summary>Who gave it; null if nobody is known.</summary>
    public long? CreatedBy { get; init; }
    public long CreatedAt { get; init; }
}

/// <summary>A membership with the people in it.</summary>
public sealed record Member(Membership Membership, User User, User? CreatedBy);
