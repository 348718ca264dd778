namespace Patrol.Cli.Logs;

/// <summary>Keeps each text once, as many characters altogether as it may.</summary>
/// <param name="mostCharacters">The bound.</param>
internal sealed class TextPool(int mostCharacters)
{
    private readonly HashSet<string> texts = new(StringComparer.Ordinal);
    private int characters;

    /// <summary>The one text that equals this one; null if there is no room for it.</summary>
    public string? Get(ReadOnlySpan<char> text)
    {
        if (texts.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out var known))
            return known;
        if (characters + text.Length > mostCharacters)
            return null;
        characters += text.Length;
        known = text.ToString();
        texts.Add(known);
        return known;
    }
}
