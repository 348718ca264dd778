using System.Text;
using Microsoft.VisualBasic.FileIO;
using Patrol.Core.Lifetimes;

namespace Patrol.Server.Imports;

/// <summary>A row of a file, by its header's names.</summary>
/// <param name="Line">The line on which it begins.</param>
internal sealed class CsvRow(long Line, Dictionary<string, int> columns, string[] fields)
{
    public long Line { get; } = Line;

    /// <summary>The field, or null if it is empty or there is no such column.</summary>
    public string? Find(string column) => columns.TryGetValue(column, out var at) && at < fields.Length && fields[at].Length > 0 ? fields[at] : null;

    /// <summary>The field.</summary>
    /// <exception cref="UnfitRowException">It is empty.</exception>
    public string Get(string column) => Find(column) ?? throw new UnfitRowException($"{column} is empty");

    /// <summary>
    /// The instant, or null if the field is empty: as databases write it, in UTC unless it names an offset. The year 9999 is how
    /// Atlassian's products say never.
    /// </summary>
    /// <exception cref="UnfitRowException">It is none.</exception>
    public DateTimeOffset? Instant(string column)
    {
        if (Find(column) is not { } text)
            return null;
        var instant = IsoTime.Instant(text) ?? throw new UnfitRowException($"{column} is not a date such as 2026-11-30 12:00:00: '{text}'");
        return instant.Year == 9999 ? null : instant;
    }
}

/// <summary>A row cannot be taken; the message says why.</summary>
internal sealed class UnfitRowException(string why) : Exception(why);

/// <summary>The file cannot be read at all; the message says why.</summary>
internal sealed class UnreadableFileException(string why) : Exception(why);

/// <summary>Reads CSV with a header: names in any case and order, fields in quotes where needed, also over several lines.</summary>
internal static class CsvTable
{
    /// <summary>Reads all rows.</summary>
    /// <param name="file">The file's path, for messages.</param>
    /// <param name="required">Columns that must be there.</param>
    /// <exception cref="UnreadableFileException">It cannot be read, or lacks a column.</exception>
    public static IEnumerable<CsvRow> Read(string file, params string[] required)
    {
        using var parser = Open(file);
        parser.SetDelimiters(",");
        parser.TrimWhiteSpace = false;
        var columns = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var (at, name) in (Next(parser, file) ?? []).Index())
            columns.TryAdd(name.Trim(), at);
        var missing = required.Where(name => !columns.ContainsKey(name)).ToList();
        if (missing.Count > 0)
            throw new UnreadableFileException($"{file}: the first line must name the columns {string.Join(',', required)}; missing: {string.Join(',', missing)}.");
        while (!Reading(file, () => parser.EndOfData))
        {
            var line = parser.LineNumber;
            if (Next(parser, file) is { } fields)
                yield return new CsvRow(line, columns, fields);
        }
    }

    private static TextFieldParser Open(string file)
    {
        try
        {
            // An export in another encoding is refused rather than taken with names that nobody can read.
            return Reading(file, () => new TextFieldParser(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true), detectEncoding: true));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new UnreadableFileException($"{file}: cannot be read: {fault.Message}");
        }
    }

    private static string[]? Next(TextFieldParser parser, string file) => Reading(file, parser.ReadFields);

    private static T Reading<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (MalformedLineException fault)
        {
            throw new UnreadableFileException($"{file}: line {fault.LineNumber} is not CSV: a quote is missing or too many.");
        }
        catch (DecoderFallbackException)
        {
            throw new UnreadableFileException($"{file}: is not written in UTF-8; export it so, or convert it with iconv.");
        }
    }
}
