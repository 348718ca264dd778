namespace Patrol.Core.Directory;

/// <summary>A member's access level in a group or project; GitLab's numbers.</summary>
public enum AccessLevel
{
    None = 0,
    Guest = 10,
    Planner = 15,
    Reporter = 20,
    Developer = 30,
    Maintainer = 40,
    Owner = 50,
}

/// <summary>Who may see a group or project; GitLab's words.</summary>
public enum Visibility
{
    /// <summary>Members only.</summary>
    Private = 0,

    /// <summary>Everybody who is signed in and not external.</summary>
    Internal = 10,

    /// <summary>Everybody.</summary>
    Public = 20,
}

/// <summary>What members may do with a group or project.</summary>
public static class AccessRules
{
    /// <summary>The levels a member or a bot can have.</summary>
    public static bool IsAssignable(int level) => level is 10 or 15 or 20 or 30 or 40 or 50;

    /// <summary>Whether somebody may see a resource.</summary>
    /// <param name="visibility">The resource's.</param>
    /// <param name="level">The person's access level there, inherited ones included.</param>
    /// <param name="signedIn">Somebody is calling, and is not an external user.</param>
    public static bool MaySee(Visibility visibility, AccessLevel level, bool signedIn) =>
        level > AccessLevel.None || visibility == Visibility.Public || (visibility == Visibility.Internal && signedIn);

    /// <summary>The level that manages access tokens: Maintainers in a project, Owners in a group.</summary>
    public static AccessLevel ManagesTokens(bool isGroup) => isGroup ? AccessLevel.Owner : AccessLevel.Maintainer;

    /// <summary>The level that manages members: Maintainers in a project, Owners in a group.</summary>
    public static AccessLevel ManagesMembers(bool isGroup) => isGroup ? AccessLevel.Owner : AccessLevel.Maintainer;

    /// <summary>The level that makes projects in a group: GitLab's default, "developer".</summary>
    public const AccessLevel CreatesProjects = AccessLevel.Developer;

    /// <summary>The level that makes groups in a group: GitLab's default, "maintainer".</summary>
    public const AccessLevel CreatesSubgroups = AccessLevel.Maintainer;

    /// <summary>The level that changes name, description and visibility: Maintainers in a project, Owners in a group.</summary>
    public static AccessLevel Changes(bool isGroup) => isGroup ? AccessLevel.Owner : AccessLevel.Maintainer;

    /// <summary>Whether somebody may give, change or take a membership of that level: nobody hands out more than they have.</summary>
    /// <param name="own">The level of whoever does it.</param>
    /// <param name="isGroup">In a group rather than a project.</param>
    /// <param name="membership">The higher of the levels before and after.</param>
    public static bool MayManage(AccessLevel own, bool isGroup, AccessLevel membership) =>
        own >= ManagesMembers(isGroup) && own >= membership;
}
