using Patrol.Cli.Logs;
using Patrol.Cli.Sources;
using Patrol.Cli.Terminal;
using Patrol.Core.Lifetimes;

namespace Patrol.Cli.Output;

/// <summary>Writes failing tokens, what they are and what to do about them.</summary>
internal static class FailureOutput
{
    private const string Header =
        "reason,token,token_id,count,first_seen,last_seen,addresses,paths,clients,kind,owner,email,name,resource_path,state,expires_at,next\n";

    /// <param name="screen">Where to.</param>
    /// <param name="format">How.</param>
    /// <param name="rows">The tokens.</param>
    /// <param name="joined">Whether a system was asked for them.</param>
    /// <param name="today">The UTC day.</param>
    public static void Write(Screen screen, OutputFormat format, IEnumerable<FailureRow> rows, bool joined, DateOnly today)
    {
        switch (format)
        {
            case OutputFormat.Table:
                FailureTable.Write(screen, rows, joined, today);
                break;
            case OutputFormat.Json:
                Json(screen.Data, rows, today);
                break;
            case OutputFormat.Csv:
                screen.Data.Text(Header);
                foreach (var row in rows)
                    screen.Data.Text($"{string.Join(',', Cells(row, today))}\n");
                break;
            case OutputFormat.Lines:
            default:
                foreach (var row in rows)
                    screen.Data.Text($"{Line(row, today)}\n");
                break;
        }
    }

    private static string Line(FailureRow row, DateOnly today)
    {
        var failure = row.Failure;
        var line =
            $"Reason: {Plain.Text(failure.Key.Reason)}, Token: {Plain.Text(failure.Key.Token)}, Requests: {failure.Count}, First seen: {Seconds(failure.FirstSeen)}, " +
            $"Last seen: {Seconds(failure.LastSeen)}, Addresses: [{List(row.Addresses)}], Paths: [{List(row.Paths)}], Clients: [{List(row.Clients)}]";
        if (row.Token is { } token)
        {
            line += $", Owner: {Plain.Text(token.Owner)}, User Email: {Plain.Text(token.Email)}, Name: {Plain.Text(token.Name)}, "
                + $"State: {TokenWords.Of(token.StateOn(today))}, Expires: {Day(token.ExpiresAt, "never")}";
        }
        return $"{line}, Next: {Plain.Text(row.Next)}";
    }

    private static string List(IEnumerable<string> texts) => string.Join(", ", texts.Select(text => $"\"{Plain.Text(text)}\""));

    private static string Seconds(DateTimeOffset? instant) => instant is { } given ? $"{given:yyyy-MM-dd HH:mm:ss} UTC" : "unknown";

    private static string Day(DateOnly? day, string none) => day is { } given ? $"{given:yyyy-MM-dd}" : none;

    private static IEnumerable<string> Cells(FailureRow row, DateOnly today)
    {
        var (failure, token) = (row.Failure, row.Token);
        return new[]
        {
            failure.Key.Reason, failure.Key.Token, $"{failure.Key.Id}", $"{failure.Count}", Instant(failure.FirstSeen), Instant(failure.LastSeen),
            // Clients' names hold commas and semicolons.
            string.Join(" | ", row.Addresses), string.Join(" | ", row.Paths), string.Join(" | ", row.Clients),
            token is null ? "" : TokenWords.Of(token.Sort), token?.Owner ?? "", token?.Email ?? "", token?.Name ?? "", token?.Resource?.Path ?? "",
            token is null ? "" : TokenWords.Of(token.StateOn(today)), Day(token?.ExpiresAt, ""), row.Next,
        }.Select(TokenCsv.Cell);
    }

    private static string Instant(DateTimeOffset? instant) => instant is { } given ? InstantText.Of(given) : "";

    private static void Json(Utf8Writer data, IEnumerable<FailureRow> rows, DateOnly today)
    {
        data.Byte((byte)'[');
        var any = false;
        foreach (var row in rows)
        {
            var (failure, token) = (row.Failure, row.Token);
            data.Text($"{(any ? "," : "")}\n  {{\"reason\": {Text(failure.Key.Reason)}, \"token\": {Text(failure.Key.Token)}, \"token_id\": {failure.Key.Id?.ToString() ?? "null"}");
            data.Text($", \"count\": {failure.Count}, \"first_seen\": {Text(Instant(failure.FirstSeen))}, \"last_seen\": {Text(Instant(failure.LastSeen))}");
            data.Text($", \"addresses\": {Array(row.Addresses)}, \"paths\": {Array(row.Paths)}, \"clients\": {Array(row.Clients)}");
            data.Text($", \"kind\": {Text(token is null ? null : TokenWords.Of(token.Sort))}, \"owner\": {Text(token?.Owner)}, \"email\": {Text(token?.Email)}");
            data.Text($", \"name\": {Text(token?.Name)}, \"resource_path\": {Text(token?.Resource?.Path)}");
            data.Text($", \"state\": {Text(token is null ? null : TokenWords.Of(token.StateOn(today)))}, \"expires_at\": {Text(Day(token?.ExpiresAt, ""))}, \"next\": {Text(row.Next)}}}");
            any = true;
        }
        data.Text("\n]\n");
    }

    private static string Array(IEnumerable<string> texts) => $"[{string.Join(", ", texts.Select(Text))}]";

    private static string Text(string? text) => string.IsNullOrEmpty(text) ? "null" : $"\"{JsonText.Escape(text)}\"";
}
