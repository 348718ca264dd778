using Patrol.Cli.Sources;
using Patrol.Cli.Terminal;

namespace Patrol.Cli.Output;

/// <summary>Writes counts by day: as the rake task does, as its neighbour script does, as JSON, CSV or a table with bars.</summary>
internal static class AnalysisOutput
{
    private const int Width = 70;
    private const string MigrationTitle = "Personal/Project/Group Access Token Expiration Migration";
    private const string DatesTitle = "Top 10 Personal/Project/Group Access Token Expiration Dates";

    /// <summary>The rake task's word for tokens without a day.</summary>
    public const string NoDate = "(none)";

    public static void Write(Screen screen, OutputFormat format, ExpiryAnalysis analysis, DateOnly today)
    {
        if (format == OutputFormat.Lines)
        {
            RakeTask(screen, analysis);
        }
        else if (format == OutputFormat.Table)
        {
            if (analysis.TellsMigration)
            {
                screen.Print(analysis.Migration is { } run
                    ? $"GitLab gave tokens without an expiry date one: started {run.StartedAt}, finished {(run.FinishedAt.Length > 0 ? run.FinishedAt : "not yet")}"
                    : "GitLab's migration that gave tokens without an expiry date one has not run.");
            }
            DateTable.Write(screen, analysis.Days, today);
        }
        else
        {
            Counts(screen.Data, format, analysis.Days);
        }
    }

    public static void WriteDates(Screen screen, OutputFormat format, IReadOnlyList<ExpiryCount> days, DateOnly today)
    {
        if (format == OutputFormat.Lines)
        {
            foreach (var day in days)
                screen.Print($"{day.Count} Personal access tokens will expire at {day.ExpiresAt:yyyy-MM-dd}");
        }
        else if (format == OutputFormat.Table)
        {
            DateTable.Write(screen, days, today);
        }
        else
        {
            Counts(screen.Data, format, days);
        }
    }

    private static void RakeTask(Screen screen, ExpiryAnalysis analysis)
    {
        screen.Print(Heading(MigrationTitle));
        screen.Print(analysis.Migration is { } run ? $"Started at: {run.StartedAt}\nFinished  : {run.FinishedAt}"
            : analysis.TellsMigration ? "Status: Not run" : "Status: Unknown (only GitLab's database tells)");
        screen.Print(Heading(DatesTitle));
        screen.Print("| Expiration Date | Count |\n|-----------------|-------|");
        foreach (var day in analysis.Days)
            screen.Print($"| {(day.ExpiresAt is { } date ? $"{date:yyyy-MM-dd}" : NoDate),-15} | {day.Count,-5} |");
        screen.Print(new string('=', Width + 2));
    }

    // The task's own division drops half a character, which shows in the second heading.
    private static string Heading(string title)
    {
        var sides = new string('=', (Width - title.Length) / 2);
        return $"{sides} {title} {sides}";
    }

    private static void Counts(Utf8Writer data, OutputFormat format, IReadOnlyList<ExpiryCount> days)
    {
        if (format == OutputFormat.Csv)
        {
            data.Text("expires_at,count\n");
            foreach (var day in days)
                data.Text($"{day.ExpiresAt:yyyy-MM-dd},{day.Count}\n");
            return;
        }
        data.Byte((byte)'[');
        for (var i = 0; i < days.Count; i++)
        {
            var date = days[i].ExpiresAt is { } day ? $"\"{day:yyyy-MM-dd}\"" : "null";
            data.Text($"{(i > 0 ? "," : "")}\n  {{\"expires_at\": {date}, \"count\": {days[i].Count}}}");
        }
        data.Text("\n]\n");
    }
}
