using System.Globalization;
using System.Text.RegularExpressions;

namespace Patrol.Core.Lifetimes;

/// <summary>
/// Days and instants in all of ISO 8601's forms, as Ruby's <c>Date.parse</c> takes them: calendar, week and ordinal dates, with and
/// without hyphens, times to the hour, minute, second or any fraction, zones. What Ruby guesses beyond ISO (names of months, a day before
/// its month) is refused: a guess in a filter or an expiry date is worse than a question.
/// </summary>
public static partial class IsoTime
{
    /// <summary>A day; of a date with a time, the date counts, whatever the zone. Null if the text is neither.</summary>
    public static DateOnly? Date(string text) => Forms().Match(text) is { Success: true } match ? Day(match) : null;

    /// <summary>An instant; without a zone it is UTC, without a time 00:00. Null if the text is none.</summary>
    public static DateTimeOffset? Instant(string text)
    {
        if (Forms().Match(text) is not { Success: true } match || Day(match) is not { } day)
            return null;
        var (hour, minute, second) = (Number(match, "hour"), Number(match, "minute"), Number(match, "second"));
        // 24:00 is the end of a day, and a leap second counts as the one before it.
        if (hour > 24 || minute > 59 || second > 60 || (hour == 24 && minute + second > 0))
            return null;
        var ticks = (long)(decimal.Parse($"0.{match.Groups["fraction"].Value}0", CultureInfo.InvariantCulture) * TimeSpan.TicksPerSecond);
        var zone = new TimeSpan(Number(match, "zoneHour"), Number(match, "zoneMinute"), 0);
        var utc = day.ToDateTime(TimeOnly.MinValue).Ticks + new TimeSpan(hour, minute, Math.Min(second, 59)).Ticks + ticks -
            (match.Groups["sign"].Value == "-" ? -zone : zone).Ticks;
        return utc >= 0 && utc <= DateTime.MaxValue.Ticks && zone.TotalHours < 24 ? new DateTimeOffset(utc, TimeSpan.Zero) : null;
    }

    private static DateOnly? Day(Match match)
    {
        var year = Number(match, "year");
        if (year == 0)
            return null;
        if (match.Groups["week"].Success)
        {
            var (week, weekday) = (Number(match, "week"), match.Groups["weekday"].Success ? Number(match, "weekday") : 1);
            if (week == 0 || week > ISOWeek.GetWeeksInYear(year))
                return null;
            // The last week of 9999 ends after all days.
            var number = DateOnly.FromDateTime(ISOWeek.GetYearStart(year)).DayNumber + (week - 1) * 7 + weekday - 1;
            return number <= DateOnly.MaxValue.DayNumber ? DateOnly.FromDayNumber(number) : null;
        }
        if (match.Groups["ordinal"].Success)
        {
            var ordinal = Number(match, "ordinal");
            return ordinal > 0 && ordinal <= (DateTime.IsLeapYear(year) ? 366 : 365) ? new DateOnly(year, 1, 1).AddDays(ordinal - 1) : null;
        }
        var (month, dayOfMonth) = (Number(match, "month"), Number(match, "day"));
        return month is >= 1 and <= 12 && dayOfMonth >= 1 && dayOfMonth <= DateTime.DaysInMonth(year, month) ? new DateOnly(year, month, dayOfMonth) : null;
    }

    private static int Number(Match match, string group) =>
        match.Groups[group] is { Success: true } digits ? int.Parse(digits.ValueSpan, CultureInfo.InvariantCulture) : 0;

    // A plus sign before the zone that was not encoded in the address arrives as a blank.
    [GeneratedRegex(
        """
        ^\s* (?<year>[0-9]{4}) (?:
            -(?<month>[0-9]{1,2})-(?<day>[0-9]{1,2}) | (?<month>[0-9]{2})(?<day>[0-9]{2}) |
            -?W(?<week>[0-9]{2})(?:-?(?<weekday>[1-7]))? | -?(?<ordinal>[0-9]{3}) )
        (?: (?:T|\s+) (?<hour>[0-9]{1,2}) (?: :?(?<minute>[0-9]{2}) (?: :?(?<second>[0-9]{2}) (?: [.,](?<fraction>[0-9]{1,20})? )? )? )?
            (?: \s*(?:Z|UTC|GMT) | \s?(?<sign>[-+\s])(?<zoneHour>[0-9]{2})(?: :?(?<zoneMinute>[0-5][0-9]))? )? )? \s*$
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Forms();
}
