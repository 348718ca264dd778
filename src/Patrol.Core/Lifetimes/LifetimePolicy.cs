using System.Globalization;
using Patrol.Core.Results;

namespace Patrol.Core.Lifetimes;

/// <summary>
/// How long tokens may last. One type for both dialects: GitLab's tokens end at 00:00 UTC of a date, Atlassian's a number of
/// days, to the millisecond, after they were made.
/// </summary>
/// <param name="ExpiryRequired">
/// A token must end some time: GitLab's <c>require_personal_access_token_expiry</c>, or not Atlassian's <c>eternal.tokens.enabled</c>.
/// </param>
/// <param name="MaximumDays">How many days a token may last at most. GitLab's dates are bound by it only while expiry is required.</param>
public readonly record struct LifetimePolicy(bool ExpiryRequired, int MaximumDays)
{
    /// <summary>GitLab's limit where nothing else is set, in days.</summary>
    public const int GitLabMaximumDays = 365;

    /// <summary>GitLab's life of a rotated token whose caller names no date, in days.</summary>
    public const int RotatedDays = 7;

    /// <summary>What GitLab starts with.</summary>
    public static readonly LifetimePolicy GitLab = new(ExpiryRequired: true, GitLabMaximumDays);

    /// <summary>What Atlassian's products start with.</summary>
    public static readonly LifetimePolicy Atlassian = new(ExpiryRequired: false, 365);

    /// <summary>The date of a token whose creator names none: the latest allowed, or none where none is required.</summary>
    public DateOnly? DefaultFor(DateOnly today) => ExpiryRequired ? Latest(today) : null;

    /// <summary>The date of a rotated token whose caller names none: a week, or none where none is required.</summary>
    public DateOnly? DefaultForRotation(DateOnly today) => ExpiryRequired ? today.AddDays(Math.Min(RotatedDays, MaximumDays)) : null;

    /// <summary>The latest date a new token may have, the date itself included.</summary>
    public DateOnly Latest(DateOnly today) => today.AddDays(MaximumDays);

    /// <summary>Checks a date that a new token asks for. Past dates are allowed: such a token is simply expired.</summary>
    /// <returns>The date, or a refusal that names <c>expires_at</c>.</returns>
    public Result<DateOnly?> Check(DateOnly? asked, DateOnly today)
    {
        if (!ExpiryRequired)
            return asked;
        if (asked is null)
            return new Refusal.Invalid("expires_at", "can't be blank");
        if (asked > Latest(today))
            return new Refusal.Invalid("expires_at", $"must be before {Latest(today).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}");
        return asked;
    }

    /// <summary>Checks a duration that a new token asks for, as Atlassian's do.</summary>
    /// <param name="days">Whole days of 24 hours, or null for a token that never ends.</param>
    /// <param name="now">When the token is made.</param>
    /// <returns>The first instant at which it no longer works, or a refusal that names <c>duration</c>.</returns>
    public Result<DateTimeOffset?> CheckDuration(long? days, DateTimeOffset now)
    {
        if (days is null)
            return ExpiryRequired ? new Refusal.Invalid("duration", $"is needed: a token must expire, after {MaximumDays} days at most") : default(DateTimeOffset?);
        if (days < 1 || days > MaximumDays)
            return new Refusal.Invalid("duration", $"must be between 1 and {MaximumDays} days");
        return now.AddDays(days.Value);
    }
}

/// <summary>The one reading of "date" and "instant" that the whole product uses.</summary>
public static class UtcDay
{
    /// <summary>The UTC day of an instant.</summary>
    public static DateOnly Of(DateTimeOffset instant) => DateOnly.FromDateTime(instant.UtcDateTime);

    /// <summary>00:00 UTC of the day.</summary>
    public static DateTimeOffset Start(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
}
