using System.Text;
using System.Text.RegularExpressions;
using Patrol.Cli.Failures;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Patrol.Cli.Sinks;

/// <summary>
/// A value of a YAML file, found by its path with YamlDotNet's parser, whose events know where they stand. Nothing is written by
/// it: it would drop comments. Whatever makes one text stand in two places, or two texts in one, is refused.
/// </summary>
internal sealed partial class YamlEditor : ITextEditor
{
    private readonly string[] segments;

    /// <param name="path">Names with dots between them; a name that has dots itself in double quotation marks; numbers, from 0, in lists.</param>
    public YamlEditor(string path)
    {
        What = path;
        segments = [.. Segment().Matches(path).Select(match => match.Groups["quoted"] is { Success: true } quoted ? quoted.Value : match.Value)];
        if (segments.Length == 0 || string.Join('.', Segment().Matches(path).Select(match => match.Value)) != path)
            throw CliFailure.Usage($"'{path}' is no path: write names with dots between them, like global.gitlabDefinition.secret.GITLAB_ROOT_TOKEN.");
    }

    public string What { get; }

    public TextSpot Find(byte[] file, string path)
    {
        WholeFile.RefuseEncrypted(file, path);
        var spot = Walk(file, path) ?? throw new CliFailure(ExitCode.SomeRefused, $"{path} has no {What}.");
        return TokenText.WhyNot(spot.In(file)) is { } why ? throw Refuse(path, spot.Line, why) : spot;
    }

    /// <summary>The text at a path; null where there is none.</summary>
    public static string? Value(byte[] file, string yamlPath, string path) => new YamlEditor(yamlPath).Walk(file, path)?.In(file);

    /// <summary>
    /// Helm's charts write the value with <c>toYaml | b64enc</c>: what YAML must put in quotation marks (digits alone, or with an e
    /// among them) would stand in the Secret with them.
    /// </summary>
    public string? WhyNot(string token) => LooksLikeNumber().IsMatch(token)
        ? "the new token looks like a number, which Helm's charts would store with quotation marks; run the same again to get another"
        : null;

    private TextSpot? Walk(byte[] file, string path)
    {
        var walk = new YamlWalk(file, path, this);
        try
        {
            return walk.Document(segments);
        }
        catch (YamlException fault)
        {
            throw Refuse(path, (int)fault.Start.Line, "cannot be found: the file is not readable as YAML here");
        }
        catch (DecoderFallbackException)
        {
            throw Refuse(path, 1, "cannot be found: the file is not in UTF-8");
        }
    }

    private CliFailure Refuse(string path, int line, string why) => new(ExitCode.SomeRefused, $"{path}, line {line}: {What} {why}. Nothing was changed.");

    [GeneratedRegex("""
        "(?<quoted>[^"]+)"|[^.\s"]+
        """, RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Segment();

    [GeneratedRegex("^[0-9]+(?:[eE_.][0-9]*)?$|^0[xob][0-9a-fA-F]+$", RegexOptions.ExplicitCapture)]
    private static partial Regex LooksLikeNumber();

    /// <summary>One walk through one file.</summary>
    private sealed class YamlWalk
    {
        private const int LengthOfMark = 3;

        private readonly string path;
        private readonly YamlEditor editor;
        private readonly string text;
        private readonly int offset;
        private readonly Parser parser;

        public YamlWalk(byte[] file, string path, YamlEditor editor)
        {
            (this.path, this.editor) = (path, editor);
            offset = file is [0xef, 0xbb, 0xbf, ..] ? LengthOfMark : 0;
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(file, offset, file.Length - offset);
            parser = new Parser(new StringReader(text));
        }

        public TextSpot? Document(ReadOnlySpan<string> wanted)
        {
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _))
                return null;
            var spot = Node(wanted);
            parser.Consume<DocumentEnd>();
            return parser.TryConsume<DocumentStart>(out var second)
                ? throw Refuse(second.Start, "cannot be told from others: the file has several documents")
                : spot;
        }

        private TextSpot? Node(ReadOnlySpan<string> wanted)
        {
            switch (parser.Current ?? (parser.MoveNext() ? parser.Current : null))
            {
                case AnchorAlias alias:
                    throw Refuse(alias.Start, "is an alias (*) of a text that stands elsewhere");
                case NodeEvent { Anchor.IsEmpty: false } node:
                    throw Refuse(node.Start, "stands at or below an anchor (&), of which other places may be copies");
                case NodeEvent { Tag: { IsEmpty: false, IsNonSpecific: false } } node:
                    throw Refuse(node.Start, $"has a tag ({node.Tag.Value})");
                case Scalar scalar when wanted.IsEmpty:
                    parser.MoveNext();
                    return Spot(scalar);
                case MappingStart when !wanted.IsEmpty:
                    return Mapping(wanted);
                case SequenceStart when !wanted.IsEmpty:
                    return Sequence(wanted);
                case NodeEvent node when wanted.IsEmpty:
                    throw Refuse(node.Start, "is no single text");
                default:
                    parser.SkipThisAndNestedEvents();
                    return null;
            }
        }

        private TextSpot? Mapping(ReadOnlySpan<string> wanted)
        {
            parser.Consume<MappingStart>();
            TextSpot? found = null;
            Mark? first = null;
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                if (parser.TryConsume<Scalar>(out var key))
                {
                    if (key is { Value: "<<", Style: ScalarStyle.Plain })
                        throw Refuse(key.Start, "stands beside a merge (<<), which may bring another");
                    if (key.Value == wanted[0])
                    {
                        if (first is { } before)
                            throw Refuse(key.Start, $"stands there twice: {wanted[0]} is also on line {before.Line}");
                        first = key.Start;
                        found = Node(wanted[1..]);
                        continue;
                    }
                }
                else
                {
                    parser.SkipThisAndNestedEvents();
                }
                parser.SkipThisAndNestedEvents();
            }
            return found;
        }

        private TextSpot? Sequence(ReadOnlySpan<string> wanted)
        {
            parser.Consume<SequenceStart>();
            TextSpot? found = null;
            for (var index = 0; !parser.TryConsume<SequenceEnd>(out _); index++)
            {
                if (wanted[0] == index.ToString(System.Globalization.CultureInfo.InvariantCulture))
                    found = Node(wanted[1..]);
                else
                    parser.SkipThisAndNestedEvents();
            }
            return found;
        }

        private TextSpot Spot(Scalar scalar)
        {
            var (start, end) = ((int)scalar.Start.Index, (int)scalar.End.Index);
            if (scalar.Style is ScalarStyle.Literal or ScalarStyle.Folded)
                throw Refuse(scalar.Start, "is a block (| or >); write it in one line");
            if (scalar.Style is ScalarStyle.SingleQuoted or ScalarStyle.DoubleQuoted)
                (start, end) = (start + 1, end - 1);
            else if (scalar.Value.Length == 0)
                throw Refuse(scalar.Start, """is empty; write "" where the token is to stand""");
            if (text[start..end] != scalar.Value)
                throw Refuse(scalar.Start, "is written with escapes or on several lines");
            return new TextSpot(offset + Encoding.UTF8.GetByteCount(text.AsSpan(0, start)), Encoding.UTF8.GetByteCount(text.AsSpan(start, end - start)), (int)scalar.Start.Line);
        }

        private CliFailure Refuse(Mark mark, string why) => editor.Refuse(path, (int)mark.Line, why);
    }
}
