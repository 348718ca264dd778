namespace Patrol.Cli.Sources;

/// <summary>What a filter means, for systems that do not filter themselves, or not so exactly.</summary>
internal static class TokenMatch
{
    // GitLab's states of owners who cannot sign in.
    private static readonly string[] Blocked = ["blocked", "ldap_blocked", "blocked_pending_approval", "banned"];

    /// <summary>Whether the filter picks the token.</summary>
    public static bool Picks(this TokenFilter filter, FoundToken token) =>
        filter.PicksDates(token.ExpiresAt, token.CreatedAt, token.LastUsedAt)
        && filter.PicksState(token.Revoked, token.IsExpiredOn(filter.Today))
        && !(filter.HasEnded && !token.IsExpiredOn(filter.Today))
        && (filter.Ids is null || filter.Ids.Contains(token.Id))
        && (filter.Owner is null || string.Equals(filter.Owner, token.Owner, StringComparison.OrdinalIgnoreCase))
        && (filter.Sorts.Count == 0 || filter.Sorts.Contains(token.Sort))
        && filter.Scopes.All(token.Scopes.Contains)
        && !(filter.WithoutBlocked && token.Sort is not (TokenSort.Project or TokenSort.Group) && Blocked.Contains(token.OwnerState))
        && !(filter.WithoutImpersonation && token.Impersonation);

    /// <summary>What needs no owner: whether it is worth while to look up whose the token is.</summary>
    public static bool PicksDates(this TokenFilter filter, DateOnly? expiresAt, DateTimeOffset createdAt, DateTimeOffset? lastUsedAt) =>
        (filter.ExpiresOn is null || expiresAt == filter.ExpiresOn)
        && (filter.ExpiresFrom is null || expiresAt >= filter.ExpiresFrom)
        && (filter.ExpiresTo is null || expiresAt <= filter.ExpiresTo)
        && (!filter.NoExpiry || expiresAt is null)
        && (filter.UnusedSince is not { } since || (createdAt < since && (lastUsedAt is null || lastUsedAt < since)));

    /// <summary>Whether the filter picks tokens in this state.</summary>
    public static bool PicksState(this TokenFilter filter, bool revoked, bool expired) => !(filter.WithoutRevoked && revoked) && filter.State switch
    {
        StateFilter.Active => !revoked && !expired,
        StateFilter.Expired => !revoked && expired,
        StateFilter.Revoked => revoked,
        StateFilter.Inactive => revoked || expired,
        _ => true,
    };
}
