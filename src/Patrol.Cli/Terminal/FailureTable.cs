using Patrol.Cli.Logs;
using Patrol.Cli.Output;
using Patrol.Cli.Sources;
using Spectre.Console;

namespace Patrol.Cli.Terminal;

/// <summary>Failing tokens as a table, and below it what to do about them.</summary>
internal static class FailureTable
{
    private const int MostShown = 3;
    private const int MostTokensNamed = 10;

    // Below these, columns are a letter or two wide.
    private const int Narrowest = 90, NarrowestJoined = 130;

    private static readonly string[] Columns = ["Token", "Reason", "Requests", "First and last", "From", "Paths", "Clients"], JoinedColumns = ["Whose", "Name", "Expires"];

    public static void Write(Screen screen, IEnumerable<FailureRow> rows, bool joined, DateOnly today)
    {
        var table = new Table { Border = TableBorder.Rounded };
        var canvas = screen.Canvas();
        var isNarrow = canvas.Profile.Width < (joined ? NarrowestJoined : Narrowest);
        string[] columns = joined ? [.. Columns, .. JoinedColumns] : Columns;
        foreach (var column in columns)
            table.AddColumn(new TableColumn(column) { NoWrap = column is "Requests" or "First and last" or "Expires", Alignment = column == "Requests" ? Justify.Right : Justify.Left });
        var steps = new List<(string Next, List<string> Tokens)>();
        foreach (var row in rows)
        {
            if (isNarrow)
                screen.Print(string.Concat(columns.Zip(Cells(row, joined, today), (column, cell) => $"{column}: {cell.Replace("\n", ", ", StringComparison.Ordinal)}\n")));
            else
                table.AddRow([.. Cells(row, joined, today).Select(cell => new Text(cell))]);
            if (steps.Find(step => step.Next == row.Next) is not { Tokens: { } tokens })
                steps.Add((row.Next, tokens = []));
            tokens.Add(row.Failure.Key.Token);
        }
        if (steps.Count == 0)
        {
            screen.Print("No failing token.");
            return;
        }
        if (!isNarrow)
            canvas.Write(table);
        foreach (var (next, tokens) in steps)
            screen.Print($"{Shown(tokens, MostTokensNamed, ", ")}: {Plain.Text(next)}");
    }

    private static IEnumerable<string> Cells(FailureRow row, bool joined, DateOnly today)
    {
        var failure = row.Failure;
        yield return Plain.Text(failure.Key.Token);
        yield return Plain.Text(failure.Key.Reason);
        yield return $"{failure.Count:N0}";
        yield return failure.FirstSeen is { } first && failure.LastSeen is { } last
            ? first == last ? $"{first:yyyy-MM-dd HH:mm}" : $"{first:yyyy-MM-dd HH:mm}\n{last:yyyy-MM-dd HH:mm}" : "unknown";
        yield return Shown(row.Addresses, MostShown, "\n");
        yield return Shown(row.Paths, MostShown, "\n");
        yield return Shown(row.Clients, MostShown, "\n");
        if (!joined)
            yield break;
        yield return row.Token is { } token ? Plain.Text(token.Resource?.Path ?? $"{token.Owner} <{token.Email}>") : "";
        yield return row.Token is { Name: var name } ? Plain.Text(name) : "";
        yield return row.Token is { } dated ? $"{(dated.ExpiresAt is { } day ? $"{day:yyyy-MM-dd}" : "never")} ({TokenWords.Of(dated.StateOn(today))})" : "";
    }

    private static string Shown(IReadOnlyList<string> texts, int most, string between) =>
        string.Join(between, texts.Take(most).Select(Plain.Text).Concat(texts.Count > most ? [$"and {texts.Count - most} more"] : []));
}
