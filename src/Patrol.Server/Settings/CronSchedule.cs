using Quartz;

namespace Patrol.Server.Settings;

/// <summary>
/// When something is due, as a Quartz expression: six fields, seconds first, a seventh for the year if one likes. In a zone with
/// summer time, a time of day that is skipped is due when the clock has jumped, and one that comes twice is due once; what is due
/// every hour is due in each of them.
/// </summary>
public sealed record CronSchedule
{
    private const int DayOfMonth = 3, DayOfWeek = 5;

    // What never comes after it, such as 30 February, never will.
    private static readonly DateTimeOffset AnyInstant = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly TimeSpan[] LookBack = [TimeSpan.FromMinutes(1), TimeSpan.FromHours(1), TimeSpan.FromDays(1), TimeSpan.FromDays(32), TimeSpan.FromDays(366), TimeSpan.MaxValue];

    private readonly CronExpression expression;

    private CronSchedule(string text, CronExpression expression) => (Text, this.expression) = (text, expression);

    /// <summary>The expression as it was written, without quotes.</summary>
    public string Text { get; }

    /// <summary>Reads an expression; quotes around it do not matter.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="zone">Whose clock is meant; null for the machine's.</param>
    /// <returns>The schedule, and what is wrong with the text where there is none.</returns>
    public static (CronSchedule? Schedule, string? Wrong) Read(string text, TimeZoneInfo? zone = null)
    {
        text = text.Trim();
        if (text.Length >= 2 && text[0] is '\'' or '"' && text[^1] == text[0])
            text = text[1..^1].Trim();
        var fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length is not (6 or 7))
            return (null, "needs six fields: second, minute, hour, day of month, month, day of week");
        if (fields[DayOfMonth] == "?" == (fields[DayOfWeek] == "?"))
            return (null, "needs a ? for the day of month or for the day of week, and not for both");
        try
        {
            var expression = new CronExpression(text, zone ?? TimeZoneInfo.Local);
            return expression.GetNextValidTimeAfter(AnyInstant) is null ? (null, "never comes") : (new CronSchedule(text, expression), null);
        }
        catch (FormatException fault)
        {
            return (null, $"is not understood: {fault.Message.TrimEnd('.')}");
        }
    }

    /// <summary>A schedule of our own by UTC.</summary>
    public static CronSchedule Utc(string text) => Read(text, TimeZoneInfo.Utc).Schedule ?? throw new ArgumentException("It is none.", nameof(text));

    /// <summary>Whose clock is meant.</summary>
    public string Zone => expression.TimeZone.Id;

    /// <summary>The first instant after that one at which it is due; null if it never is again.</summary>
    public DateTimeOffset? Next(DateTimeOffset after) => expression.GetNextValidTimeAfter(after);

    /// <summary>The last instant after one and up to another at which it is due; null if there is none.</summary>
    public DateTimeOffset? Latest(DateTimeOffset after, DateTimeOffset until)
    {
        // Back in growing steps, so that what is due every second need not be counted through the years of a long stop.
        foreach (var step in LookBack)
        {
            var from = until - after > step ? until - step : after;
            DateTimeOffset? latest = null;
            while (Next(latest ?? from) is { } next && next <= until)
                latest = next;
            if (latest is not null || from == after)
                return latest;
        }
        return null;
    }

    public bool Equals(CronSchedule? other) => Text == other?.Text;

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Text;
}
