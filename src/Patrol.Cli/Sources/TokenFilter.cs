namespace Patrol.Cli.Sources;

/// <summary>Which tokens are meant; everything that is said must hold.</summary>
internal sealed record TokenFilter
{
    /// <summary>These and no others.</summary>
    public IReadOnlyList<long>? Ids { get; init; }

    public DateOnly? ExpiresOn { get; init; }

    /// <summary>From this day...</summary>
    public DateOnly? ExpiresFrom { get; init; }

    /// <summary>...to this one, both included.</summary>
    public DateOnly? ExpiresTo { get; init; }

    /// <summary>Only what works no more: Atlassian's tokens end in the middle of a day.</summary>
    public bool HasEnded { get; init; }

    public bool NoExpiry { get; init; }

    /// <summary>Not used since this instant, and not younger.</summary>
    public DateTimeOffset? UnusedSince { get; init; }

    /// <summary>Of one of these sorts; empty for all.</summary>
    public IReadOnlyList<TokenSort> Sorts { get; init; } = [];

    public StateFilter State { get; init; }

    /// <summary>Of the user with this name, in whatever case.</summary>
    public string? Owner { get; init; }

    /// <summary>Carrying each of these scopes.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>Not of people and service accounts who are blocked or banned; GitLab's script asks that of no project's and no group's bot.</summary>
    public bool WithoutBlocked { get; init; }

    public bool WithoutRevoked { get; init; }

    public bool WithoutImpersonation { get; init; }

    /// <summary>The UTC day that "expired" is judged by.</summary>
    public required DateOnly Today { get; init; }
}

/// <summary>The words of <c>--state</c>: the states that tokens are shown with, and inactive for expired or revoked.</summary>
internal enum StateFilter
{
    Any,
    Active,
    Expired,
    Revoked,
    Inactive,
}
