using Patrol.Server.Audit;
using Patrol.Server.Tokens;
using Patrol.Server.Users;

namespace Patrol.Server.Web.Check;

/// <summary>What is the matter with a token.</summary>
public enum Finding
{
    /// <summary>Nothing was pasted.</summary>
    Empty,
    Unknown,

    /// <summary>It begins like one of ours, and its checksum does not fit.</summary>
    Damaged,
    Good,
    LacksScope,
    Expired,
    Revoked,
    OwnerBlocked,
    ImpersonationDisabled,

    /// <summary>Tokens of its sort are switched off.</summary>
    SwitchedOff,
}

/// <summary>What is the matter with a token, and what is known of it.</summary>
public sealed record Diagnosis
{
    public required Finding Finding { get; init; }
    public Token? Token { get; init; }
    public User? Owner { get; init; }

    /// <summary>Who revoked it, from the audit trail; null if nobody wrote that down.</summary>
    public AuditRow? RevokedBy { get; init; }

    /// <summary>Blanks or line breaks stood around it.</summary>
    public bool HadBlanks { get; init; }
}
