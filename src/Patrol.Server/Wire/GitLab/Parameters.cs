using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Primitives;
using Patrol.Core.Lifetimes;

namespace Patrol.Server.Wire.GitLab;

/// <summary>
/// A request's parameters from path, query, form and JSON body, as GitLab's API sees them: one set of names, whatever they came
/// in. Reading one checks its type; what is wrong is collected and said together in GitLab's words (<see cref="Problems"/>).
/// An empty value of any type but text counts as absent. Names that nobody asks for are ignored.
/// </summary>
internal sealed class Parameters
{
    private static readonly Dictionary<string, object> Nothing = [];

    // Most requests have no parameters.
    private Dictionary<string, object> values = Nothing;
    private List<string>? problems;

    /// <summary>What was wrong with what was read so far, as GitLab says it, or null.</summary>
    public string? Problems => problems is null ? null : string.Join(", ", problems);

    /// <summary>Adds a path's, query's or form's values. <c>name[]</c> is an array's element, <c>name[key]</c> an object's member.</summary>
    /// <exception cref="MalformedParametersException">A value holds a character that no text may hold.</exception>
    public void Add(string name, StringValues texts)
    {
        if (name.EndsWith(']') && name.IndexOf('[', StringComparison.Ordinal) is > 0 and var bracket)
        {
            Values[CheckText(name[..bracket])] = name[bracket..] == "[]" ? texts.Select(text => CheckText(text ?? "")).ToArray() : Structure.Value;
            return;
        }
        // As in Rack: of several values the last one counts.
        Values[CheckText(name)] = CheckText(texts.LastOrDefault() ?? "");
    }

    /// <summary>Adds the members of a JSON object.</summary>
    /// <exception cref="MalformedParametersException">It is no object, or a text in it is no text.</exception>
    public void Add(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
            throw new MalformedParametersException("message body does not match declared format");
        try
        {
            foreach (var member in body.EnumerateObject())
                Values[CheckText(member.Name)] = FromJson(member.Value);
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair.
            throw new MalformedParametersException("message body does not match declared format");
        }
    }

    private Dictionary<string, object> Values => ReferenceEquals(values, Nothing) ? values = new(StringComparer.Ordinal) : values;

    public bool Has(string name) => values.ContainsKey(name);

    /// <summary>Notes a problem that the endpoint found itself.</summary>
    public void Problem(string name, string why) => (problems ??= []).Add($"{name} {why}");

    /// <summary>A text; null if absent. Empty stays empty.</summary>
    public string? Text(string name) => !values.TryGetValue(name, out var value) || value is Null ? null
        : value switch
        {
            string text => text,
            Literal literal => literal.Text,
            _ => Invalid<string>(name),
        };

    /// <summary>A text that must be there, though it may be empty.</summary>
    public string RequiredText(string name) => Present(name) ? Text(name) ?? "" : "";

    public long? Integer(string name) => Parse<long>(name, static text =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null);

    public long RequiredInteger(string name) => Present(name) ? Integer(name) ?? 0 : 0;

    public bool? Boolean(string name) => Parse<bool>(name, static text => text.ToLowerInvariant() switch
    {
        "true" or "1" or "t" or "on" or "yes" or "y" => true,
        "false" or "0" or "f" or "off" or "no" or "n" => false,
        _ => null,
    });

    /// <inheritdoc cref="IsoTime.Date"/>
    public DateOnly? Date(string name) => Parse(name, IsoTime.Date, takesNumbers: false);

    /// <inheritdoc cref="IsoTime.Instant"/>
    public DateTimeOffset? Instant(string name) => Parse(name, IsoTime.Instant, takesNumbers: false);

    /// <summary>One of some words; an empty text is none of them.</summary>
    public string? OneOf(string name, params ReadOnlySpan<string> allowed)
    {
        var text = Text(name);
        if (text is null || allowed.Contains(text))
            return text;
        Problem(name, "does not have a valid value");
        return null;
    }

    /// <summary>Texts; null if absent.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="acceptsCommas">One text with commas counts as an array, too.</param>
    public string[]? Texts(string name, bool acceptsCommas)
    {
        if (!values.TryGetValue(name, out var value) || value is Null)
            return null;
        return value switch
        {
            string[] texts => texts,
            string text when acceptsCommas => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            Literal literal when acceptsCommas => [literal.Text],
            _ => Invalid<string[]>(name),
        };
    }

    /// <inheritdoc cref="Texts"/>
    public string[] RequiredTexts(string name, bool acceptsCommas) => Present(name) ? Texts(name, acceptsCommas) ?? [] : [];

    /// <summary>True if the parameter is there; else that is noted as a problem.</summary>
    public bool Present(string name)
    {
        if (Has(name))
            return true;
        Problem(name, "is missing");
        return false;
    }

    private T? Parse<T>(string name, Func<string, T?> parse, bool takesNumbers = true)
        where T : struct
    {
        if (!values.TryGetValue(name, out var value) || value is Null or "")
            return null;
        var text = value as string ?? (takesNumbers ? (value as Literal)?.Text : null);
        if (text is not null && parse(text) is { } parsed)
            return parsed;
        Problem(name, "is invalid");
        return null;
    }

    private T? Invalid<T>(string name)
        where T : class
    {
        Problem(name, "is invalid");
        return null;
    }

    private static object FromJson(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => CheckText(value.GetString()!),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => new Literal(value.GetRawText()),
        JsonValueKind.Null => Null.Value,
        JsonValueKind.Array => value.EnumerateArray().All(static item => item.ValueKind is JsonValueKind.String or JsonValueKind.Number)
            ? value.EnumerateArray().Select(static item => CheckText(item.ToString())).ToArray()
            : Structure.Value,
        _ => Structure.Value,
    };

    private static string CheckText(string text)
    {
        if (text.Contains('\0'))
            throw new MalformedParametersException("parameters contain a null byte");
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                throw new MalformedParametersException("parameters are not valid UTF-8");
            i++;
        }
        return text;
    }

    /// <summary>A number or a truth value of JSON, as it was written.</summary>
    private sealed record Literal(string Text);

    /// <summary>JSON's null: present, without a value.</summary>
    private sealed class Null
    {
        public static readonly Null Value = new();
    }

    /// <summary>An object, or an array of such: nothing here takes one.</summary>
    private sealed class Structure
    {
        public static readonly Structure Value = new();
    }
}

/// <summary>The parameters cannot be read at all.</summary>
internal sealed class MalformedParametersException(string message) : Exception(message);
