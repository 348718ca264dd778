namespace Patrol.Cli.Sources;

/// <summary>Whose a token is.</summary>
internal enum TokenSort
{
    Personal,
    Impersonation,
    Project,
    Group,
    ServiceAccount,
}

/// <summary>Whether a token works: a revoked one that has also expired counts as revoked.</summary>
internal enum FoundState
{
    Active,
    Expired,
    Revoked,
}

/// <summary>A token as a system shows it.</summary>
internal sealed record FoundToken
{
    public required long Id { get; init; }

    public required TokenSort Sort { get; init; }

    public required string Name { get; init; }

    /// <summary>The user name of whom it belongs to; a bot's for tokens of projects and groups.</summary>
    public required string Owner { get; init; }

    public required string Email { get; init; }

    /// <summary>The project or group of a bot's token, if it is known.</summary>
    public FoundResource? Resource { get; init; }

    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>Its system knows no scopes: it may do what its owner may.</summary>
    public bool IsUnscoped { get; init; }

    public required bool Revoked { get; init; }

    /// <summary>The UTC day at whose start it stops working; null if it never does.</summary>
    public DateOnly? ExpiresAt { get; init; }

    /// <summary>Whether it has ended, where the system says so itself or tokens end within a day; else the day tells.</summary>
    public bool? HasExpired { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Null if it was never used.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    public required bool Impersonation { get; init; }

    /// <summary>The owner's state, such as <c>active</c> or <c>blocked</c>; null where the system does not tell.</summary>
    public string? OwnerState { get; init; }

    public FoundState StateOn(DateOnly today) => Revoked ? FoundState.Revoked : IsExpiredOn(today) ? FoundState.Expired : FoundState.Active;

    /// <summary>Whether it has ended, revoked or not.</summary>
    public bool IsExpiredOn(DateOnly today) => HasExpired ?? ExpiresAt <= today;
}

/// <summary>A project or group.</summary>
/// <param name="IsGroup">A group rather than a project.</param>
/// <param name="Id">Its id.</param>
/// <param name="Path">Its full path, if it still has one.</param>
internal sealed record FoundResource(bool IsGroup, long Id, string? Path);

/// <summary>The words for sorts and states, on command lines, in JSON and in CSV.</summary>
internal static class TokenWords
{
    /// <summary>The words of <c>--kind</c>.</summary>
    public static readonly string[] Sorts = ["personal", "impersonation", "project", "group", "service-account"];

    public static string Of(TokenSort sort) => Sorts[(int)sort];

    public static string Of(FoundState state) => state switch { FoundState.Active => "active", FoundState.Expired => "expired", _ => "revoked" };
}
