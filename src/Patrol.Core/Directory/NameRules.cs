using System.Globalization;
using System.Text;
using Patrol.Core.Results;

namespace Patrol.Core.Directory;

/// <summary>What users, groups and projects may be called where people read it, and how long what is said of them may be.</summary>
public static class NameRules
{
    /// <summary>The longest name, in characters.</summary>
    public const int MaximumLength = 255;

    /// <summary>The longest description of a group, in characters.</summary>
    public const int MaximumGroupDescription = 500;

    /// <summary>The longest description of a project, in characters.</summary>
    public const int MaximumProjectDescription = 2000;

    /// <summary>Checks a group's name.</summary>
    public static Result<string> CheckGroup(string name) => Check(
        name, "_.- ()", "can contain only letters, digits, emoji, '_', '.', dash, space, parenthesis. It must start with letter, digit, emoji or '_'.");

    /// <summary>Checks a project's name.</summary>
    public static Result<string> CheckProject(string name) => Check(
        name, "_.+- ", "can contain only letters, digits, emoji, '_', '.', '+', dashes, or spaces. It must start with a letter, digit, emoji, or '_'.");

    /// <summary>Checks a person's name, which may hold any character.</summary>
    public static Result<string> CheckPerson(string name) => CheckText("name", name, MaximumLength);

    /// <summary>Checks a language: GitLab's codes, two letters, and if needed a country's: <c>ja</c>, <c>zh_CN</c>.</summary>
    public static Result<string> CheckLanguage(string code)
    {
        var language = code.Length >= 2 && char.IsAsciiLetterLower(code[0]) && char.IsAsciiLetterLower(code[1]);
        var country = code.Length == 2 || (code.Length == 5 && code[2] == '_' && char.IsAsciiLetterUpper(code[3]) && char.IsAsciiLetterUpper(code[4]));
        return language && country ? code : new Refusal.Invalid("preferred_language", "is not a language such as en, ja or pt_BR");
    }

    /// <summary>Checks a text that may be empty.</summary>
    /// <param name="field">The field that a refusal names.</param>
    /// <param name="text">The text.</param>
    /// <param name="maximum">In characters as GitLab and PostgreSQL count them, to whom an emoji is one.</param>
    public static Result<string> CheckLength(string field, string text, int maximum) =>
        text.Length > maximum && text.EnumerateRunes().Count() > maximum ? new Refusal.Invalid(field, $"is too long (maximum is {maximum} characters)") : text;

    private static Result<string> CheckText(string field, string text, int maximum) =>
        string.IsNullOrWhiteSpace(text) ? new Refusal.Invalid(field, "can't be blank") : CheckLength(field, text, maximum);

    private static Result<string> Check(string name, string marks, string why)
    {
        if (CheckText("name", name, MaximumLength).Refusal is { } refusal)
            return refusal;
        var start = name.EnumerateRunes().First();
        var good = (IsWordOrEmoji(start) || start.Value == '_') && name.EnumerateRunes().All(rune =>
            IsWordOrEmoji(rune) || (rune.IsAscii && marks.Contains((char)rune.Value)) || IsJoining(rune));
        return good ? name : new Refusal.Invalid("name", why);
    }

    private static bool IsWordOrEmoji(Rune rune) =>
        Rune.IsLetterOrDigit(rune) || (!rune.IsAscii && Rune.GetUnicodeCategory(rune) is UnicodeCategory.OtherSymbol);

    // Parts of an emoji or of a letter with an accent of its own: zero-width joiners, variation selectors, skin tones, marks.
    private static bool IsJoining(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.Format or UnicodeCategory.ModifierSymbol && !rune.IsAscii;
}
