using System.Globalization;
using Patrol.Core.Results;

namespace Patrol.Core.Lifetimes;

/// <summary>
/// How long tokens may last. Dates are UTC days: a token ends at 00:00 UTC of its expiry date.
/// </summary>
/// <param name="ExpiryRequired">A token must have an expiry date (GitLab's <c>require_personal_access_token_expiry</c>).</param>
/// <param name="MaximumDays">
/// How many days from today the date may lie at most. Binds only while expiry is required, as in GitLab.
/// </param>
public readonly record struct LifetimePolicy(bool ExpiryRequired, int MaximumDays)
{
    /// <summary>GitLab's limit where nothing else is set, in days.</summary>
    public const int GitLabMaximumDays = 365;

    /// <summary>GitLab's life of a rotated token whose caller names no date, in days.</summary>
    public const int RotatedDays = 7;

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
}

/// <summary>The one reading of "date" and "instant" that the whole product uses.</summary>
public static class UtcDay
{
    /// <summary>The UTC day of an instant.</summary>
    public static DateOnly Of(DateTimeOffset instant) => DateOnly.FromDateTime(instant.UtcDateTime);

    /// <summary>00:00 UTC of the day.</summary>
    public static DateTimeOffset Start(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
}
