using Patrol.Cli.Output;
using Patrol.Cli.Sources;
using Spectre.Console;

namespace Patrol.Cli.Terminal;

/// <summary>Tokens as a table. Long lists come in pieces, so that the first lines are seen at once and memory does not grow.</summary>
internal static class TokenTable
{
    private const int Piece = 500;

    // Below this columns are a letter or two wide.
    private const int Narrowest = 70;

    // Green, bright red, and grey.
    private const int Works = 32, Ended = 91, Faint = 90;

    private static readonly LongColumn[] Columns =
    [
        new("ID", IsRight: true, NoWrap: true), new("Kind"), new("Name"), new("Whose"), new("Scopes"),
        new("Last used", NoWrap: true), new("Expires", NoWrap: true), new("State", NoWrap: true),
    ];

    public static async Task Write(Screen screen, IAsyncEnumerable<FoundToken> tokens, DateOnly today, CancellationToken cancellation)
    {
        var profile = screen.Canvas().Profile;
        var isNarrow = profile.Width < Narrowest;
        var table = new LongTable(screen.Data, profile.Width, profile.Capabilities.ColorSystem != ColorSystem.NoColors, Columns);
        long count = 0;
        await foreach (var token in tokens.WithCancellation(cancellation))
        {
            count++;
            if (isNarrow)
                screen.Print(Lines(token, today));
            else
                table.Add(Cells(token, today));
            if (table.Rows < Piece)
                continue;
            table.Write();
            await screen.Flush();
        }
        if (table.Rows > 0)
            table.Write();
        await screen.Flush();
        screen.Say(count == 1 ? "1 token" : $"{count:N0} tokens");
    }

    private static LongCell[] Cells(FoundToken token, DateOnly today)
    {
        var state = token.StateOn(today);
        return
        [
            new($"{token.Id}"),
            new(TokenWords.Of(token.Sort)),
            new(Plain.Text(token.Name)),
            new(Plain.Text(Whose(token))),
            new(Plain.Text(string.Join(' ', token.Scopes))),
            token.LastUsedAt is { } used ? new($"{used:yyyy-MM-dd}") : new("never", Faint),
            new(token.ExpiresAt is { } day ? $"{day:yyyy-MM-dd}" : "never"),
            new(TokenWords.Of(state), state switch { FoundState.Active => Works, FoundState.Expired => Ended, _ => Faint }),
        ];
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
