using System.Globalization;
using Patrol.Core.Lifetimes;
using Patrol.Core.Results;

namespace Patrol.Core.Tokens;

/// <summary>What somebody asks a new token without scopes to be, checked: Atlassian's dialect.</summary>
/// <param name="Name">Without blanks around it; need not be unique.</param>
/// <param name="ExpiresAt">The first instant at which it no longer works, or null.</param>
public sealed record UnscopedDraft(string Name, DateTimeOffset? ExpiresAt)
{
    /// <summary>Checks what is asked for.</summary>
    /// <param name="name">The name.</param>
    /// <param name="longestName">How long it may be, in characters as people count them: Unicode's code points.</param>
    /// <param name="days">How many days the token is to last, or null for ever.</param>
    /// <param name="policy">How long tokens may last.</param>
    /// <param name="now">The instant of the request.</param>
    /// <returns>The draft, or a refusal that names <c>name</c> or <c>duration</c>.</returns>
    public static Result<UnscopedDraft> Check(string? name, int longestName, long? days, LifetimePolicy policy, DateTimeOffset now)
    {
        var trimmed = name?.Trim() ?? "";
        if (trimmed.Length == 0)
            return new Refusal.Invalid("name", "must not be empty");
        if (trimmed.EnumerateRunes().Count() > longestName)
            return new Refusal.Invalid("name", string.Create(CultureInfo.InvariantCulture, $"must not be longer than {longestName} characters"));
        return policy.CheckDuration(days, now).Map(expiresAt => new UnscopedDraft(trimmed, expiresAt));
    }
}
