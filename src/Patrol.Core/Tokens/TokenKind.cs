namespace Patrol.Core.Tokens;

/// <summary>What a token is for. The numbers are stored.</summary>
public enum TokenKind
{
    /// <summary>A person's own.</summary>
    Personal = 0,

    /// <summary>Made by an administrator to act as somebody.</summary>
    Impersonation = 1,

    /// <summary>Belongs to a project's bot user.</summary>
    Project = 2,

    /// <summary>Belongs to a group's bot user.</summary>
    Group = 3,
}
