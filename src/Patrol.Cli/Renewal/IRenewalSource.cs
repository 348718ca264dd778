using Patrol.Core.Tokens;

namespace Patrol.Cli.Renewal;

/// <summary>A token as its source describes it.</summary>
/// <param name="ExpiresOn">The UTC day at whose start it stops working; null if it never does.</param>
internal sealed record KnownToken(long Id, long OwnerId, string Name, IReadOnlyList<string> Scopes, DateOnly? ExpiresOn)
{
    /// <summary>When somebody last signed in with it, as far as the system keeps account: GitLab does so every ten minutes, before 16.1 once a day. Null where it writes that down later.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }
}

/// <summary>Whose tokens are renewed.</summary>
internal sealed record TokenOwner(long Id, string Name)
{
    /// <summary>The source shows this user as an administrator.</summary>
    public bool IsAdministrator { get; init; }
}

/// <summary>
/// A system that makes tokens, as renewal sees it. Never by rotation: that kills the old token first, and GitLab 15.11, Exastro's,
/// has none. Faults of its library go through.
/// </summary>
internal interface IRenewalSource : IDisposable
{
    /// <summary>What messages call it.</summary>
    string Name { get; }

    /// <summary>The token that signs in; null if none was given.</summary>
    Secret? Credential { get; set; }

    /// <summary>Says now rather than later that the system cannot be reached or does not let the credential in.</summary>
    Task Reach(CancellationToken cancellation);

    /// <summary>What a text is; null if the system does not let it in.</summary>
    /// <param name="text">The text.</param>
    /// <param name="id">The token's id, where it is known already.</param>
    /// <param name="wanted">What the plan says of it, for systems that do not tell which token signs in.</param>
    /// <param name="cancellation">Ends it.</param>
    Task<KnownToken?> Identify(Secret text, long? id, PlannedToken wanted, CancellationToken cancellation);

    /// <summary>The one owner.</summary>
    /// <param name="wanted">The plan.</param>
    /// <param name="held">The live token that is held now, if there is one.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="Failures.CliFailure">There is none, or one that cannot use tokens.</exception>
    Task<TokenOwner> FindOwner(PlannedToken wanted, KnownToken? held, CancellationToken cancellation);

    /// <summary>Makes a token.</summary>
    Task<(long Id, Secret Text)> Issue(TokenOwner owner, string name, PlannedToken wanted, CancellationToken cancellation);

    /// <summary>Uses a token as its holder would: signs in with it, and is its owner.</summary>
    /// <exception cref="Failures.CliFailure">It signs in as somebody else.</exception>
    Task Use(Secret text, TokenOwner owner, PlannedToken wanted, CancellationToken cancellation);

    /// <summary>The owner's tokens that work; null where this may not be asked.</summary>
    Task<IReadOnlyList<KnownToken>?> Living(TokenOwner owner, CancellationToken cancellation);

    /// <summary>Revokes a token; one that is gone counts as revoked.</summary>
    Task Revoke(long id, CancellationToken cancellation);
}
