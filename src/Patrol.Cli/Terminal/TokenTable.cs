using Patrol.Cli.Output;
using Patrol.Cli.Sources;
using Spectre.Console;

namespace Patrol.Cli.Terminal;

/// <summary>Tokens as a table. Long lists come in pieces, so that the first lines are seen at once and memory does not grow.</summary>
internal static class TokenTable
{
    private const int Piece = 500;

    // Below this Spectre shows columns with nothing in them.
    private const int Narrowest = 70;

    public static async Task Write(Screen screen, IAsyncEnumerable<FoundToken> tokens, DateOnly today, CancellationToken cancellation)
    {
        var canvas = screen.Canvas();
        var isNarrow = canvas.Profile.Width < Narrowest;
        var table = Empty();
        long count = 0;
        await foreach (var token in tokens.WithCancellation(cancellation))
        {
            if (isNarrow)
                screen.Print(Lines(token, today));
            else
                Add(table, token, today);
            if (++count % Piece != 0 || isNarrow)
                continue;
            canvas.Write(table);
            table = Empty();
        }
        if (count % Piece != 0 && !isNarrow)
            canvas.Write(table);
        await screen.Flush();
        screen.Say(count == 1 ? "1 token" : $"{count:N0} tokens");
    }

    private static Table Empty()
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumn(new TableColumn("ID").RightAligned().NoWrap());
        foreach (var column in (string[])["Kind", "Name", "Whose", "Scopes", "Last used", "Expires", "State"])
            table.AddColumn(new TableColumn(column) { NoWrap = column is "Last used" or "Expires" or "State" });
        return table;
    }

    private static void Add(Table table, FoundToken token, DateOnly today)
    {
        var state = token.StateOn(today);
        var colour = state switch { FoundState.Active => Color.Green, FoundState.Expired => Color.Red, _ => Color.Grey };
        table.AddRow(
            new Text($"{token.Id}"),
            new Text(TokenWords.Of(token.Sort)),
            new Text(Plain.Text(token.Name)),
            new Text(Plain.Text(Whose(token))),
            new Text(Plain.Text(string.Join(' ', token.Scopes))),
            new Text(token.LastUsedAt is { } used ? $"{used:yyyy-MM-dd}" : "never", new Style(token.LastUsedAt is null ? Color.Grey : Color.Default)),
            new Text(token.ExpiresAt is { } day ? $"{day:yyyy-MM-dd}" : "never"),
            new Text(TokenWords.Of(state), new Style(colour)));
    }

    private static string Lines(FoundToken token, DateOnly today) =>
        $"{token.Id} {TokenWords.Of(token.Sort)}, {TokenWords.Of(token.StateOn(today))}: {Plain.Text(token.Name)}\n"
        + $"  {Plain.Text(Whose(token))}; {Plain.Text(string.Join(' ', token.Scopes))}\n"
        + $"  last used {(token.LastUsedAt is { } used ? $"{used:yyyy-MM-dd}" : "never")}, expires {(token.ExpiresAt is { } day ? $"{day:yyyy-MM-dd}" : "never")}";

    private static string Whose(FoundToken token) => token.Resource switch
    {
        { Path: { } path } => path,
        { } resource => $"{(resource.IsGroup ? "group" : "project")} {resource.Id}",
        null => $"{token.Owner} <{token.Email}>",
    };
}
