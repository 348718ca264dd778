using Patrol.Cli.Commands;
using Patrol.Cli.Output;
using Patrol.Cli.Sources;
using Spectre.Console;

namespace Patrol.Cli.Terminal;

/// <summary>One token with what stands in its way: a sheet on a terminal, a script's line, JSON with <c>refused_because</c>, or CSV.</summary>
internal static class ShownToken
{
    public static void Write(Screen screen, OutputFormat format, FoundToken token, IReadOnlyList<string> refusals, DateOnly today)
    {
        var verdict = refusals.Count == 0 ? "It works." : $"It is refused: {string.Join("; ", refusals)}.";
        switch (format)
        {
            case OutputFormat.Json:
                var reasons = string.Join(", ", refusals.Select(refusal => $"\"{JsonText.Escape(refusal)}\""));
                new TokenJson(screen.Data, today).WriteObject(token, $", \"refused_because\": [{reasons}]");
                screen.Data.Byte((byte)'\n');
                break;
            case OutputFormat.Table:
                Sheet(screen, token, verdict, refusals.Count == 0, today);
                break;
            default:
                ITokenWriter writer = format == OutputFormat.Csv ? new TokenCsv(screen.Data, today) : new TokenLines(screen.Data, DateCriterion.None, today);
                writer.Start();
                writer.Write(token);
                writer.End();
                if (format == OutputFormat.Lines)
                    screen.Print(Plain.Text(verdict));
                break;
        }
    }

    private static void Sheet(Screen screen, FoundToken token, string verdict, bool works, DateOnly today)
    {
        var sheet = new Table { Border = TableBorder.None, ShowHeaders = false };
        sheet.AddColumn(new TableColumn("").NoWrap());
        sheet.AddColumn("");
        void Row(string name, string value) => sheet.AddRow(new Text(name, new Style(Color.Grey)), new Text(Plain.Text(value)));
        Row("ID", $"{token.Id}");
        Row("Kind", TokenWords.Of(token.Sort));
        Row("Name", token.Name);
        Row("Owner", $"{token.Owner} <{token.Email}>");
        if (token.Resource is { } resource)
            Row(resource.IsGroup ? "Group" : "Project", resource.Path is { } path ? $"{path} (ID {resource.Id})" : $"ID {resource.Id}");
        Row("Scopes", string.Join(", ", token.Scopes));
        Row("Created", $"{token.CreatedAt:yyyy-MM-dd HH:mm} UTC");
        Row("Last used", token.LastUsedAt is { } used ? $"{used:yyyy-MM-dd HH:mm} UTC" : "never");
        Row("Expires", token.ExpiresAt is { } day ? $"{day:yyyy-MM-dd}" : "never");
        Row("State", TokenWords.Of(token.StateOn(today)));
        sheet.AddRow(new Text(""), new Text(Plain.Text(verdict), new Style(works ? Color.Green : Color.Red)));
        screen.Canvas().Write(sheet);
    }
}
