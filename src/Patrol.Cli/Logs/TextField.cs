using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace Patrol.Cli.Logs;

/// <summary>A text of a log line in a buffer that is used again for the next line. What is too long ends with an ellipsis.</summary>
internal sealed class TextField
{
    private const int Longest = 300;
    private const char Ellipsis = '…';

    private readonly char[] characters = new char[Longest + 1];
    private int length;

    public ReadOnlySpan<char> Text => characters.AsSpan(0, length);

    public void Clear() => length = 0;

    /// <summary>Takes a string or a number; anything else is no text.</summary>
    public void Read(ref Utf8JsonReader reader)
    {
        length = 0;
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number))
            return;
        if (!reader.ValueIsEscaped)
        {
            TakeUtf8(reader.ValueSpan);
            return;
        }
        var unescaped = ArrayPool<char>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            Take(unescaped.AsSpan(0, reader.CopyString(unescaped)));
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, or bytes that are no UTF-8: shown as it stands in the log.
            TakeUtf8(reader.ValueSpan);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(unescaped);
        }
    }

    public void CopyFrom(TextField other) => Take(other.Text);

    /// <summary>Drops a character and what comes after it.</summary>
    public void CutAt(char character)
    {
        if (Text.IndexOf(character) is >= 0 and var at)
            length = at;
    }

    private void Take(ReadOnlySpan<char> text)
    {
        length = Math.Min(text.Length, Longest);
        text[..length].CopyTo(characters);
        if (text.Length > Longest)
            characters[length++] = Ellipsis;
    }

    private void TakeUtf8(ReadOnlySpan<byte> text)
    {
        if (Utf8.ToUtf16(text, characters.AsSpan(0, Longest), out _, out length) != OperationStatus.Done)
            characters[length++] = Ellipsis;
    }
}
