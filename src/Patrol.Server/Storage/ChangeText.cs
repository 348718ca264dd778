using System.Text.Json;
using System.Text.Json.Serialization;

namespace Patrol.Server.Storage;

/// <summary>How changes travel between servers: small JSON texts, or one that says "everything" where there would be too many.</summary>
internal static class ChangeText
{
    // PostgreSQL's limit is 8000 bytes a notification; an id has up to 19 digits, a part of a digest 20.
    private const int IdsPerText = 300;
    private const int MostTexts = 30;

    public static IEnumerable<string> Write(string node, Changes changes)
    {
        var ids = changes.Tokens.Select(id => ('t', id)).Concat(changes.Users.Select(id => ('u', id))).Concat(changes.Uses.Select(id => ('l', id)))
            .Concat(changes.Given.Select(part => ('g', unchecked((long)part)))).Chunk(IdsPerText).ToList();
        if (ids.Count > MostTexts)
            ids = [];
        var everything = changes.Everything || (ids.Count == 0 && changes.Tokens.Count + changes.Users.Count + changes.Uses.Count > 0);
        if (ids.Count == 0)
            ids.Add([]);
        foreach (var part in ids)
        {
            long[] Of(char kind) => [.. part.Where(entry => entry.Item1 == kind).Select(entry => entry.Item2)];
            yield return JsonSerializer.Serialize(
                new Message(node, Of('t'), Of('u'), Of('l'), Of('g'), changes.Directory, changes.Credentials, changes.Settings, everything), ChangeJson.Default.Message);
        }
    }

    /// <summary>Reads a text. What cannot be read, such as another version's words, may mean anything.</summary>
    public static (string Node, Changes Changes) Read(string text)
    {
        Message message;
        try
        {
            message = JsonSerializer.Deserialize(text, ChangeJson.Default.Message) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            return ("", new Changes { Everything = true, Settings = true });
        }
        return (message.Node, new Changes
        {
            Tokens = [.. message.Tokens],
            Users = [.. message.Users],
            Uses = [.. message.Uses],
            Given = [.. message.Given.Select(part => unchecked((ulong)part))],
            Directory = message.Directory,
            Credentials = message.Credentials,
            Settings = message.Settings,
            Everything = message.Everything,
        });
    }

    internal sealed record Message(string Node, long[] Tokens, long[] Users, long[] Uses, long[] Given, bool Directory, bool Credentials, bool Settings, bool Everything);
}

[JsonSourceGenerationOptions(RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ChangeText.Message))]
internal sealed partial class ChangeJson : JsonSerializerContext;
