using System.Buffers;
using System.Text;
using System.Text.Json;
using Patrol.Cli.Output;
using Patrol.Cli.Terminal;

namespace Patrol.Cli.Renewal;

/// <summary>
/// What a run says: each step on standard error while it goes on, each token's outcome on standard output; or both as lines of JSON.
/// Ids, dates and places, never a token's text.
/// </summary>
internal sealed class RenewalOutput(Screen screen, OutputFormat format)
{
    public const string CsvHeader = "token,outcome,old_ids,new_id,expires_at,message";

    /// <summary>Something was done.</summary>
    public void Progress(string token, RenewalStep step, string text)
    {
        if (format == OutputFormat.Json)
            Json(("event", "step"), ("token", token), ("step", RenewalSteps.NameOf(step)), ("text", text));
        else
            screen.Say($"{token}: {text}");
    }

    /// <summary>Something that people should know.</summary>
    public void Note(string token, string text)
    {
        if (format == OutputFormat.Json)
            Json(("event", "note"), ("token", token), ("text", text));
        else
            screen.Say($"{token}: {text}");
    }

    public void Begin()
    {
        if (format == OutputFormat.Csv)
            screen.Print(CsvHeader);
    }

    public void Outcome(TokenOutcome outcome)
    {
        switch (format)
        {
            case OutputFormat.Json:
                Json(outcome);
                break;
            case OutputFormat.Csv:
                screen.Print(string.Join(',', new[]
                {
                    outcome.Token, Word(outcome.State), string.Join(' ', outcome.Old.Select(old => old.Id)), $"{outcome.NewId}", $"{outcome.ExpiresOn:yyyy-MM-dd}", outcome.Message,
                }.Select(Field)));
                break;
            default:
                screen.Print(Text(outcome));
                break;
        }
        screen.Data.Flush();
    }

    /// <summary>An outcome as people read it, over several lines.</summary>
    public static string Text(TokenOutcome outcome)
    {
        var text = new StringBuilder($"{outcome.Token}: {Word(outcome.State)}");
        if (outcome.NewId is { } id)
            text.Append($", token {(outcome.Old.Count > 0 ? $"{string.Join(" and ", outcome.Old.Select(old => $"{old.Id} ({Expiry(old.ExpiresOn)})"))} -> " : "")}{id} ({Expiry(outcome.ExpiresOn)})");
        text.Append($". {outcome.Message}");
        if (outcome.Holders.Count > 0)
            text.Append($"\n  held by: {string.Join("; ", outcome.Holders)}");
        if (outcome.Others.Count > 0)
            text.Append($"\n  other live tokens of the same owner: {string.Join("; ", outcome.Others.Select(other => $"{other.Id} '{other.Name}' ({Expiry(other.ExpiresOn)})"))}");
        foreach (var note in outcome.Notes)
            text.Append($"\n  {note}");
        return text.ToString();
    }

    /// <summary>When a token expires, if it does.</summary>
    public static string Expiry(DateOnly? expiresOn) => expiresOn is { } day ? $"expires {day:yyyy-MM-dd}" : "never expires";

    private static string Word(TokenState state) => state switch
    {
        TokenState.NotDue => "not due",
        TokenState.Kept => "renewed, old token kept",
        _ => state.ToString().ToLowerInvariant(),
    };

    private static string Field(string text)
    {
        var safe = Plain.LooksLikeFormula(text) ? $"'{text}" : text;
        return safe.AsSpan().ContainsAny(',', '"', '\n') ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }

    private void Json(params (string Name, string Value)[] properties) => Json(json =>
    {
        foreach (var (name, value) in properties)
            json.WriteString(name, value);
    });

    private void Json(TokenOutcome outcome) => Json(json =>
    {
        json.WriteString("event", "outcome");
        json.WriteString("token", outcome.Token);
        json.WriteString("outcome", Word(outcome.State));
        json.WriteString("message", outcome.Message);
        if (outcome.NewId is { } id)
            json.WriteNumber("new_id", id);
        if (outcome.ExpiresOn is { } day)
            json.WriteString("expires_at", $"{day:yyyy-MM-dd}");
        Tokens(json, "old", outcome.Old);
        Tokens(json, "other_live_tokens", outcome.Others);
        Texts(json, "holders", outcome.Holders);
        Texts(json, "notes", outcome.Notes);
    });

    private void Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        screen.Print(Encoding.UTF8.GetString(buffer.WrittenSpan));
        screen.Data.Flush();
    }

    private static void Tokens(Utf8JsonWriter json, string name, IReadOnlyList<KnownToken> tokens)
    {
        json.WriteStartArray(name);
        foreach (var token in tokens)
        {
            json.WriteStartObject();
            json.WriteNumber("id", token.Id);
            json.WriteString("name", token.Name);
            if (token.ExpiresOn is { } day)
                json.WriteString("expires_at", $"{day:yyyy-MM-dd}");
            else
                json.WriteNull("expires_at");
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Texts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
