using System.Text.Json;

namespace Patrol.Tests.Kit;

/// <summary>Reads <c>api_json.log</c>, which is written behind the requests.</summary>
internal static class LogFile
{
    public static string Path(PatrolApp app) => System.IO.Path.Combine(app.DataFolder, "log", "api_json.log");

    /// <summary>Waits until there are that many lines; answers all there are, parsed.</summary>
    public static async Task<List<JsonElement>> Read(PatrolApp app, int lines)
    {
        var read = new List<JsonElement>();
        await Eventually.True(
            async () =>
            {
                read = File.Exists(Path(app)) ? [.. Parse(await File.ReadAllTextAsync(Path(app)))] : [];
                return read.Count >= lines;
            },
            $"{lines} lines in the log");
        return read;
    }

    /// <summary>The complete lines of a log's text.</summary>
    public static IEnumerable<JsonElement> Parse(string text) =>
        text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement);

    /// <summary>A text of the line, null where the line does not have it.</summary>
    public static string? Text(this JsonElement line, string name) => line.TryGetProperty(name, out var value) ? value.ToString() : null;
}
