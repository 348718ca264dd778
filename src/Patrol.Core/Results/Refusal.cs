namespace Patrol.Core.Results;

/// <summary>
/// A rule said no. The set is closed; each surface (GitLab, Atlassian, RFC 9457, page, terminal) has its own words for each case.
/// </summary>
public abstract record Refusal
{
    private Refusal()
    {
    }

    /// <summary>It does not exist, or the caller may not know that it does. <paramref name="What"/> is a noun: User, Project…</summary>
    public sealed record NotFound(string What) : Refusal;

    /// <summary>The caller may see it but not do this. <paramref name="Why"/> is a sentence without a full stop, or null.</summary>
    public sealed record Forbidden(string? Why = null) : Refusal;

    /// <summary>A field's value breaks a rule. <paramref name="Why"/> continues the field's name: "can't be blank".</summary>
    public sealed record Invalid(string Field, string Why) : Refusal
    {
        /// <summary>What is wrong besides, if one cause breaks several rules.</summary>
        public Invalid? Also { get; init; }
    }

    /// <summary>Another thing has this name, or the thing is already there.</summary>
    public sealed record Conflict(string Why) : Refusal;

    /// <summary>The thing is in a state in which this cannot be done. <paramref name="Why"/>: "Token already revoked".</summary>
    public sealed record WrongState(string Why) : Refusal;
}
