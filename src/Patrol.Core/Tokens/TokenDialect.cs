namespace Patrol.Core.Tokens;

/// <summary>Which API's rules a token follows. The numbers are stored.</summary>
public enum TokenDialect
{
    /// <summary>GitLab's: scopes, dates, rotation.</summary>
    GitLab = 0,

    /// <summary>Atlassian Data Center's: no scopes, instants, a limit for each user, never prolonged.</summary>
    Atlassian = 1,
}
