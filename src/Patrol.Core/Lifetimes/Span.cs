using System.Globalization;

namespace Patrol.Core.Lifetimes;

/// <summary>
/// A length of calendar time as people write it: <c>30d</c>, <c>2w</c>, <c>6mo</c>, <c>1y</c>, or as Rails does, <c>6.months</c>.
/// Months are counted by the calendar: 31 January and a month is the last of February.
/// </summary>
/// <param name="Days">Whole days.</param>
/// <param name="Months">Whole months.</param>
public readonly record struct Span(int Days, int Months)
{
    private const int MostDays = 40_000;
    private const int MostMonths = 1_200;

    /// <summary>Reads a span; null if the text is none, is not positive, or is longer than a century.</summary>
    public static Span? Parse(string? text)
    {
        if (text is null)
            return null;
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        if (digits <= 0 || !int.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
            return null;
        Span? span = text[digits..] switch
        {
            "d" or ".day" or ".days" => number <= MostDays ? new Span(number, 0) : null,
            "w" or ".week" or ".weeks" => number <= MostDays / 7 ? new Span(number * 7, 0) : null,
            "mo" or ".month" or ".months" => number <= MostMonths ? new Span(0, number) : null,
            "y" or ".year" or ".years" => number <= MostMonths / 12 ? new Span(0, number * 12) : null,
            _ => null,
        };
        return span;
    }

    /// <summary>In words: <c>1 month</c>, <c>30 days</c>.</summary>
    public override string ToString() => Months > 0 ? $"{Months} month{(Months == 1 ? "" : "s")}" : $"{Days} day{(Days == 1 ? "" : "s")}";

    /// <summary>The day that lies this span after another; the last of the month where the month is too short.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It lies after the year 9999.</exception>
    public DateOnly After(DateOnly day) => day.AddMonths(Months).AddDays(Days);

    /// <summary>Whether <see cref="After"/> has a day to answer; none lies after the year 9999.</summary>
    public bool Reaches(DateOnly day) =>
        day.Year * 12 + day.Month + Months <= 9999 * 12 + 12 && day.AddMonths(Months).DayNumber + (long)Days <= DateOnly.MaxValue.DayNumber;

    /// <summary>The instant that lies this span before another.</summary>
    public DateTimeOffset Before(DateTimeOffset instant) => instant.AddDays(-Days).AddMonths(-Months);
}
