using Patrol.Cli.Failures;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sources;

/// <summary>What a new token is asked to be.</summary>
/// <param name="User">The owner's user name or id.</param>
/// <param name="Name">The token's name.</param>
/// <param name="Scopes">At least one.</param>
/// <param name="ExpiresOn">The UTC day at whose start it stops working; null for the system's default.</param>
/// <param name="Text">The text it is to have; null for a new one.</param>
/// <param name="Force">Dates that the instance does not allow, or that are past, are meant.</param>
internal sealed record TokenOrder(string User, string Name, IReadOnlyList<string> Scopes, DateOnly? ExpiresOn, Secret? Text, bool Force)
{
    /// <summary>What can be checked of it without asking the system, which checks the rest when it makes the token.</summary>
    /// <exception cref="CliFailure">A date that has come, or a scope that there is not.</exception>
    public CheckedOrder Checked(long userId, string owner, string ownerState, DateOnly today)
    {
        if (ExpiresOn <= today && !Force)
            throw CliFailure.Usage($"--expires: {ExpiresOn:yyyy-MM-dd} is not in the future: the token would never work. Add --force if that is meant.");
        if (Scopes.FirstOrDefault(name => ScopeCatalog.Find(name) is null) is { } unknown)
            throw CliFailure.Usage($"--scope: there is no scope '{unknown}'.");
        return ScopeSet.Parse(Scopes).Succeeded(out var scopes, out _)
            ? new CheckedOrder(userId, owner, ownerState, new TokenDraft(Name, null, scopes, ExpiresOn), Text)
            : throw CliFailure.Usage("--scope: give at least one.");
    }
}

/// <summary>An order that can be carried out.</summary>
/// <param name="UserId">The owner.</param>
/// <param name="Owner">The owner's user name.</param>
/// <param name="OwnerState">Such as <c>active</c>.</param>
/// <param name="Draft">The token.</param>
/// <param name="Text">The text it is to have; null for a new one.</param>
internal sealed record CheckedOrder(long UserId, string Owner, string OwnerState, TokenDraft Draft, Secret? Text)
{
    /// <summary>What else will keep the token from working, or end it early, as a sentence; null if nothing will.</summary>
    public string? Obstacle { get; init; }
}

/// <summary>A new token.</summary>
/// <param name="Token">What it is.</param>
/// <param name="Text">Its text, shown once; null if it was given.</param>
internal sealed record NewToken(FoundToken Token, Secret? Text)
{
    /// <summary>How many memberships of its bot were made endless.</summary>
    public long Memberships { get; init; }
}
