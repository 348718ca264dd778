using Patrol.Cli.Output;
using Patrol.Cli.Sources;
using Spectre.Console;

namespace Patrol.Cli.Terminal;

/// <summary>Counts by day as a table with bars.</summary>
internal static class DateTable
{
    private const int LongestBar = 40;
    private const string Eighths = " ▏▎▍▌▋▊▉";

    public static void Write(Screen screen, IReadOnlyList<ExpiryCount> days, DateOnly today)
    {
        if (days.Count == 0)
        {
            screen.Print("No tokens.");
            return;
        }
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumn(new TableColumn("Expires on").NoWrap());
        table.AddColumn(new TableColumn("").NoWrap());
        table.AddColumn(new TableColumn("Tokens").RightAligned().NoWrap());
        table.AddColumn(new TableColumn("").NoWrap());
        var most = days.Max(day => day.Count);
        foreach (var (expiresAt, count) in days)
        {
            var colour = expiresAt is null ? Color.Grey : expiresAt <= today ? Color.Red : expiresAt <= today.AddDays(30) ? Color.Yellow : Color.Green;
            table.AddRow(
                new Text(expiresAt is { } day ? $"{day:yyyy-MM-dd}" : AnalysisOutput.NoDate),
                new Text(When(expiresAt, today), new Style(Color.Grey)),
                new Text($"{count:N0}"),
                new Text(Bar(count, most), new Style(colour)));
        }
        screen.Canvas().Write(table);
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

    private static string Bar(long count, long most)
    {
        var eighths = (int)Math.Max(1, count * LongestBar * 8 / most);
        return new string('█', eighths / 8) + (eighths % 8 > 0 ? Eighths[eighths % 8] : "");
    }
}
