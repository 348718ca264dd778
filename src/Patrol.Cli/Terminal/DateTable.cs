using Patrol.Cli.Output;
using Patrol.Cli.Sources;
using Spectre.Console;

namespace Patrol.Cli.Terminal;

/// <summary>Counts by day as a table with bars.</summary>
internal static class DateTable
{
    private const int LongestBar = 40, ShortestBar = 4;
    private const string Title = "Expires on", CountTitle = "Tokens";

    // Two blanks and a line.
    private const int AroundColumn = 3;

    private const string Eighths = " ▏▎▍▌▋▊▉";

    public static void Write(Screen screen, IReadOnlyList<ExpiryCount> days, DateOnly today)
    {
        if (days.Count == 0)
        {
            screen.Print("No tokens.");
            return;
        }
        var canvas = screen.Canvas();
        var most = days.Max(day => day.Count);
        var whens = days.Max(day => When(day.ExpiresAt, today).Length);
        // In a narrow window the bars give way, then the words; dates and counts are what was asked for.
        var room = canvas.Profile.Width - Title.Length - Math.Max(CountTitle.Length, $"{most:N0}".Length) - (2 * AroundColumn) - 1;
        var tellsWhen = room >= whens + AroundColumn;
        var longestBar = Math.Min(LongestBar, room - (tellsWhen ? whens + AroundColumn : 0) - AroundColumn);
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumn(new TableColumn(Title).NoWrap());
        if (tellsWhen)
            table.AddColumn(new TableColumn("").NoWrap());
        table.AddColumn(new TableColumn(CountTitle).RightAligned().NoWrap());
        if (longestBar >= ShortestBar)
            table.AddColumn(new TableColumn("").NoWrap());
        foreach (var (expiresAt, count) in days)
        {
            var colour = expiresAt is null ? Color.Grey : expiresAt <= today ? Color.Red : expiresAt <= today.AddDays(30) ? Color.Yellow : Color.Green;
            var row = new List<Text> { new(expiresAt is { } day ? $"{day:yyyy-MM-dd}" : AnalysisOutput.NoDate) };
            if (tellsWhen)
                row.Add(new Text(When(expiresAt, today), new Style(Color.Grey)));
            row.Add(new Text($"{count:N0}"));
            if (longestBar >= ShortestBar)
                row.Add(new Text(Bar(count, most, longestBar), new Style(colour)));
            table.AddRow(row);
        }
        canvas.Write(table);
    }

    private static string When(DateOnly? expiresAt, DateOnly today)
    {
        if (expiresAt is not { } day)
            return "never";
        var days = day.DayNumber - today.DayNumber;
        return days switch
        {
            0 => "today",
            1 => "tomorrow",
            > 1 => $"in {days} days",
            -1 => "yesterday",
            _ => $"{-days} days ago",
        };
    }

    private static string Bar(long count, long most, int longest)
    {
        var eighths = (int)Math.Max(1, count * longest * 8 / most);
        return new string('█', eighths / 8) + (eighths % 8 > 0 ? Eighths[eighths % 8] : "");
    }
}
