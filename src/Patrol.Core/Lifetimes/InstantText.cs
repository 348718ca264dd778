namespace Patrol.Core.Lifetimes;

/// <summary>An instant as every API here writes it: UTC, always three digits of milliseconds, <c>2026-11-22T12:00:00.000Z</c>.</summary>
public static class InstantText
{
    /// <summary>How many characters it has.</summary>
    public const int Length = 24;

    /// <summary>Writes it into the first <see cref="Length"/> places.</summary>
    public static void Write(DateTimeOffset instant, Span<char> destination)
    {
        var time = instant.UtcDateTime;
        "0000-00-00T00:00:00.000Z".CopyTo(destination);
        Digits(destination[..4], time.Year);
        Digits(destination[5..7], time.Month);
        Digits(destination[8..10], time.Day);
        Digits(destination[11..13], time.Hour);
        Digits(destination[14..16], time.Minute);
        Digits(destination[17..19], time.Second);
        Digits(destination[20..23], time.Millisecond);
    }

    public static string Of(DateTimeOffset instant) => string.Create(Length, instant, static (text, value) => Write(value, text));

    private static void Digits(Span<char> destination, int number)
    {
        for (var i = destination.Length - 1; i >= 0; i--, number /= 10)
            destination[i] = (char)('0' + number % 10);
    }
}
