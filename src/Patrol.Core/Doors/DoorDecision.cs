using Patrol.Core.Directory;
using Patrol.Core.Scopes;

namespace Patrol.Core.Doors;

/// <summary>What a door says.</summary>
public enum DoorOutcome
{
    Open,

    /// <summary>A token is needed and none came.</summary>
    TokenNeeded,

    /// <summary>The token lacks a scope.</summary>
    ScopeMissing,

    /// <summary>The project or group does not exist, or the caller may not know that it does.</summary>
    Hidden,

    /// <summary>The caller may see the project or group, but not do this.</summary>
    LevelTooLow,
}

/// <summary>What somebody may do in a project or group that they may see.</summary>
/// <param name="Level">The access level.</param>
/// <param name="OpenToCaller">Its visibility alone shows it: it is public, or internal and somebody who is not external is calling.</param>
public readonly record struct ResourceAccess(AccessLevel Level, bool OpenToCaller);

/// <summary>Whether a requirement is satisfied.</summary>
public static class DoorDecision
{
    /// <param name="requirement">What opens.</param>
    /// <param name="scopes">The good token's; null if no token came.</param>
    /// <param name="access">What the caller may do in the project or group that the requirement is about; null if they may not see it.</param>
    public static DoorOutcome Decide(DoorRequirement requirement, ScopeSet? scopes, ResourceAccess? access)
    {
        if (requirement.Public)
            return DoorOutcome.Open;
        var opens = requirement.VisibilityOpens && access is { OpenToCaller: true };
        if (scopes is null)
            return opens ? DoorOutcome.Open : DoorOutcome.TokenNeeded;
        if (MissingScope(requirement, scopes) is not null)
            return DoorOutcome.ScopeMissing;
        if (requirement.NeedsGroup is null)
            return DoorOutcome.Open;
        if (access is not { } found)
            return DoorOutcome.Hidden;
        return opens || found.Level >= requirement.Level ? DoorOutcome.Open : DoorOutcome.LevelTooLow;
    }

    /// <summary>The first scope that the token lacks, or null.</summary>
    public static Scope? MissingScope(DoorRequirement requirement, ScopeSet scopes)
    {
        foreach (var scope in requirement.Scopes)
        {
            if (!scopes.HasAny(scope.SatisfiedBy))
                return scope;
        }
        return null;
    }
}
