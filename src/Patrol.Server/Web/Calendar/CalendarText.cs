using System.Globalization;
using System.Text;
using Patrol.Server.Tokens;
using Patrol.Server.Web.Administration;
using Patrol.Server.Web.Layout;
using Patrol.Server.Web.Tokens;

namespace Patrol.Server.Web.Calendar;

/// <summary>Expiry dates as an iCalendar file (RFC 5545): whole days, each with a reminder a week before.</summary>
internal sealed class CalendarText(DateTimeOffset now, string publicUrl, Language words)
{
    // RFC 5545, 3.1: a line is at most 75 octets long, without its end.
    private const int MostOctets = 75;

    /// <summary>A person's tokens, each on its day.</summary>
    public string Of(IReadOnlyList<Token> tokens) => Write(tokens.Select(token => (
        $"token-{token.Id}", token.ExpiresOn!.Value, words["Token “{0}” expires", token.Name], publicUrl + OwnTokenPages.Address)));

    /// <summary>How many tokens of the instance end on which day.</summary>
    public string OfInstance(IReadOnlyDictionary<DateOnly, long> days) => Write(days.Select(day => (
        $"day-{Show.Day(day.Key)}", day.Key, words["{0} tokens expire", Show.Number(day.Value)], $"{publicUrl}{TokenPages.Address}?on={Show.Day(day.Key)}")));

    private string Write(IEnumerable<(string Id, DateOnly Day, string Summary, string Url)> events)
    {
        var text = new StringBuilder();
        var host = new Uri(publicUrl).Host;
        Line(text, "BEGIN:VCALENDAR");
        Line(text, "VERSION:2.0");
        Line(text, "PRODID:-//Patrol//Expiry//EN");
        Line(text, $"X-WR-CALNAME:{Escape(words["Patrol: expiry of tokens"])}");
        Line(text, "REFRESH-INTERVAL;VALUE=DURATION:PT12H");
        foreach (var (id, day, summary, url) in events)
        {
            Line(text, "BEGIN:VEVENT");
            Line(text, $"UID:{id}@{host}");
            Line(text, $"DTSTAMP:{now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}");
            Line(text, $"DTSTART;VALUE=DATE:{Compact(day)}");
            Line(text, $"DTEND;VALUE=DATE:{Compact(day == DateOnly.MaxValue ? day : day.AddDays(1))}");
            Line(text, $"SUMMARY:{Escape(summary)}");
            Line(text, $"URL:{url}");
            Line(text, "TRANSP:TRANSPARENT");
            Line(text, "BEGIN:VALARM");
            Line(text, "ACTION:DISPLAY");
            Line(text, $"DESCRIPTION:{Escape(summary)}");
            Line(text, "TRIGGER:-P7D");
            Line(text, "END:VALARM");
            Line(text, "END:VEVENT");
        }
        Line(text, "END:VCALENDAR");
        return text.ToString();
    }

    private static string Compact(DateOnly day) => day.ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    private static string Escape(string text) => new StringBuilder(text.ReplaceLineEndings("\n"))
        .Replace("\\", "\\\\").Replace(";", "\\;").Replace(",", "\\,").Replace("\n", "\\n").ToString();

    // Longer lines go on in the next one, which begins with a blank; never within a character.
    private static void Line(StringBuilder text, string line)
    {
        var octets = 0;
        foreach (var rune in line.EnumerateRunes())
        {
            if (octets + rune.Utf8SequenceLength > MostOctets)
            {
                text.Append("\r\n ");
                octets = 1;
            }
            // What is no text has no place in it.
            if (!Rune.IsControl(rune))
                text.Append(rune);
            octets += rune.Utf8SequenceLength;
        }
        text.Append("\r\n");
    }
}
