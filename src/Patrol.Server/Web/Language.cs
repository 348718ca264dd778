using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Patrol.Server.Web;

/// <summary>
/// A language of the pages. Pages are written in English; another language is a catalog from their sentences to its own,
/// <c>Languages/CODE.json</c>. A sentence may have places <c>{0}</c>, <c>{1}</c> for values. English's own catalog has what it says
/// otherwise of one than of many.
/// </summary>
public sealed partial class Language
{
    public static readonly Language English = new("en", "English", FrozenDictionary<string, string>.Empty);
    public static readonly Language Japanese = new("ja", "日本語", Read("ja"));
    public static readonly IReadOnlyList<Language> All = [English, Japanese];

    private static readonly FrozenDictionary<string, string> OfOne = Read("en");

    private Language(string code, string name, FrozenDictionary<string, string> sentences) => (Code, Name, Sentences) = (code, name, sentences);

    /// <summary>As in the <c>lang</c> attribute.</summary>
    public string Code { get; }

    /// <summary>As its own speakers call it.</summary>
    public string Name { get; }

    /// <summary>From English.</summary>
    public FrozenDictionary<string, string> Sentences { get; }

    /// <summary>The sentence in this language; the English one where the catalog has a gap, which a test does not allow.</summary>
    public string this[string english] => Sentences.GetValueOrDefault(english, english);

    /// <summary>The sentence with its values.</summary>
    public string this[string english, params object?[] values] => string.Format(
        CultureInfo.InvariantCulture, this == English && values is ["1", ..] ? OfOne.GetValueOrDefault(english, english) : this[english], Array.ConvertAll(values, Isolated));

    /// <summary>
    /// A sentence that was made elsewhere, with its numbers and dates in it: what use cases say when they refuse.
    /// </summary>
    public string Translate(string made)
    {
        if (Sentences.Count == 0 || Sentences.TryGetValue(made, out var known))
            return this[made];
        var values = new List<string>();
        var pattern = Value().Replace(made, match =>
        {
            values.Add(match.Value);
            return string.Create(CultureInfo.InvariantCulture, $"{{{values.Count - 1}}}");
        });
        return Sentences.TryGetValue(pattern, out known) ? string.Format(CultureInfo.InvariantCulture, known, [.. values]) : made;
    }

    public static Language? Find(string? code) => All.FirstOrDefault(language => language.Code == code);

    /// <summary>The language that the browser asks for most, of those that there are.</summary>
    public static Language Of(HttpRequest request)
    {
        foreach (var accepted in request.GetTypedHeaders().AcceptLanguage.OrderByDescending(one => one.Quality ?? 1))
        {
            if (accepted.Quality != 0 && Find(accepted.Value.Value?.Split('-')[0].ToLowerInvariant()) is { } language)
                return language;
        }
        return English;
    }

    // A name that turns the direction of writing turns no more than itself (Unicode Standard Annex 9: first strong isolate).
    private static object? Isolated(object? value) =>
        value is string text && text.AsSpan().ContainsAnyInRange('\u202a', '\u202e') ? $"\u2068{text}\u2069" : value;

    private static FrozenDictionary<string, string> Read(string code)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Patrol.Server.Web.Languages.{code}.json")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return JsonSerializer.Deserialize<Dictionary<string, string>>(reader.ReadToEnd())!.ToFrozenDictionary(StringComparer.Ordinal);
    }

    [GeneratedRegex(@"\d{4}-\d{2}-\d{2}|\d+")]
    private static partial Regex Value();
}
