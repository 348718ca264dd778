using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Patrol.Core.Tokens;
using Patrol.Server.Tokens;

namespace Patrol.Server.Notices;

/// <summary>A letter in words, as text and as HTML.</summary>
/// <param name="Subject">One line, without anything that users chose.</param>
internal sealed record Letter(string Subject, string Text, string Html)
{
    // Letters of all scripts as they are.
    private static readonly HtmlEncoder Html5 = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>Writes a letter.</summary>
    /// <param name="words">The reader's language.</param>
    /// <param name="reader">The reader's name.</param>
    /// <param name="body">What it is about.</param>
    /// <param name="tokens">The tokens that it names.</param>
    /// <param name="server">The server's address, as people know it.</param>
    public static Letter Write(LetterWords words, string reader, LetterBody body, IReadOnlyList<OwnedToken> tokens, string server)
    {
        var hasOwn = tokens.Any(token => token.Token.Bot is null);
        var hasShared = tokens.Any(token => token.Token.Bot is not null);
        var which = hasOwn && hasShared ? LetterTokens.Both : hasShared ? LetterTokens.Shared : LetterTokens.Own;
        // Letters that name fewer than there are leave out the last ones.
        var more = body.Total - body.Tokens.Length;
        var text = new StringBuilder();
        var html = new StringBuilder();
        void Paragraph(string sentence)
        {
            text.Append(sentence).Append("\n\n");
            html.Append("<p>").Append(Html5.Encode(sentence)).Append("</p>\n");
        }

        Paragraph(words.Greeting(Clean(reader)));
        Paragraph(words.Opening(body.About, which, body.WithinDays, Clean(server)));
        foreach (var part in tokens.GroupBy(token => token.Token.Bot is null))
        {
            if (which == LetterTokens.Both)
                Paragraph(words.Heading(part.Key));
            html.Append("<ul>\n");
            foreach (var token in part)
            {
                var line = Line(words, token);
                text.Append("  - ").Append(line).Append('\n');
                html.Append("<li>").Append(Html5.Encode(line)).Append("</li>\n");
            }
            html.Append("</ul>\n");
            text.Append('\n');
        }
        if (more > 0)
            Paragraph(words.More(more));
        Paragraph(words.Advice(body.About));
        Paragraph(words.Closing(Clean(server)));
        return new Letter(
            words.Subject(body.About, which, body.WithinDays), text.ToString().TrimEnd('\n') + "\n",
            $"<!DOCTYPE html>\n<html lang=\"{words.Code}\">\n<head><meta charset=\"utf-8\"><title>{Html5.Encode(words.Subject(body.About, which, body.WithinDays))}</title></head>\n<body>\n{html}</body>\n</html>\n");
    }

    private static string Line(LetterWords words, OwnedToken owned)
    {
        var token = owned.Token;
        var where = token.Bot is { } bot ? words.Of(bot.IsGroup, Clean(owned.ResourcePath ?? bot.ResourceId.ToString(CultureInfo.InvariantCulture))) : "";
        var end = token.ExpiresAt is not { } instant ? words.NoEnd
            : words.Ends(instant.UtcDateTime.ToString(token.Dialect == TokenDialect.GitLab ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + " UTC");
        return $"{Clean(token.Name)}{where}{words.Aside(end)}";
    }

    /// <summary>One line of plain characters: nothing that users chose may look like a line of ours, or turn what follows around.</summary>
    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var kind = Rune.GetUnicodeCategory(rune);
            clean.Append(kind is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator ? " " : rune.ToString());
        }
        return clean.ToString();
    }
}
