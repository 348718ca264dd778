using System.Text;
using System.Text.Json;
using Patrol.Cli.Output;

namespace Patrol.Cli.Sources.Http;

/// <summary>What a refusal says, whatever its shape: GitLab's three, problem details, Atlassian's, or none at all.</summary>
internal static class ApiWords
{
    private const int Longest = 300;

    // In the order of how much they say.
    private static readonly string[] Keys = ["error_description", "detail", "message", "errorMessages", "error", "errors", "title"];

    /// <summary>One harmless line; empty if the body says nothing that is meant for people.</summary>
    public static string Read(ReadOnlySpan<byte> body)
    {
        var words = new StringBuilder();
        try
        {
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                foreach (var key in Keys)
                {
                    if (words.Length == 0 && document.RootElement.TryGetProperty(key, out var value))
                        Add(words, value);
                }
            }
        }
        catch (JsonException)
        {
            // A web page of a proxy, or nothing: the status has to do.
            return "";
        }
        var line = Plain.Text(words.ToString().Replace('\n', ' ')).Trim();
        return line.Length > Longest ? $"{line[..Longest]}…" : line;
    }

    private static void Add(StringBuilder words, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                words.Append(words.Length > 0 ? ", " : "").Append(value.GetString());
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                    Add(words, item);
                break;
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    var why = new StringBuilder();
                    Add(why, property.Value);
                    words.Append(words.Length > 0 ? ", " : "").Append(property.Name).Append(' ').Append(why);
                }
                break;
        }
    }
}
