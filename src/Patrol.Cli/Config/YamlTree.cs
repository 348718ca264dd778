using Patrol.Cli.Failures;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Patrol.Cli.Config;

/// <summary>A YAML file as names, lists and texts, with their lines: for files that are only read.</summary>
internal sealed class YamlTree
{
    private readonly Dictionary<string, YamlTree> entries = new(StringComparer.Ordinal);
    private readonly List<YamlTree> items = [];

    private YamlTree(long line) => Line = line;

    public long Line { get; }

    /// <summary>The text; null if it is none.</summary>
    public string? Text { get; private init; }

    public IReadOnlyDictionary<string, YamlTree> Entries => entries;

    public IReadOnlyList<YamlTree> Items => items;

    /// <summary>What stands under a name; null if nothing does.</summary>
    public YamlTree? this[string name] => entries.GetValueOrDefault(name);

    /// <summary>Reads a file.</summary>
    /// <exception cref="CliFailure">It is not there or no YAML of this kind.</exception>
    public static YamlTree Read(string path)
    {
        try
        {
            using var text = File.OpenText(path);
            var parser = new Parser(text);
            parser.Consume<StreamStart>();
            parser.Consume<DocumentStart>();
            return Node(parser, path, new Dictionary<AnchorName, YamlTree>());
        }
        catch (YamlException fault)
        {
            throw CliFailure.Usage($"{path}, line {fault.Start.Line}: not readable as YAML.");
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw CliFailure.Usage($"{path} does not exist.");
        }
        catch (UnauthorizedAccessException) when (Directory.Exists(path))
        {
            throw CliFailure.Usage($"{path} is a folder, not a file.");
        }
    }

    private static YamlTree Node(Parser parser, string path, Dictionary<AnchorName, YamlTree> anchors)
    {
        if (parser.TryConsume<AnchorAlias>(out var alias))
            return anchors.GetValueOrDefault(alias.Value) ?? throw CliFailure.Usage($"{path}, line {alias.Start.Line}: there is no anchor {alias.Value}.");
        if (parser.TryConsume<Scalar>(out var scalar))
            return Keep(scalar, new YamlTree(scalar.Start.Line) { Text = scalar.Value }, anchors);
        if (parser.TryConsume<SequenceStart>(out var sequence))
        {
            var list = Keep(sequence, new YamlTree(sequence.Start.Line), anchors);
            while (!parser.TryConsume<SequenceEnd>(out _))
                list.items.Add(Node(parser, path, anchors));
            return list;
        }
        var start = parser.Consume<MappingStart>();
        var tree = Keep(start, new YamlTree(start.Start.Line), anchors);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = parser.Consume<Scalar>();
            if (!tree.entries.TryAdd(key.Value, Node(parser, path, anchors)))
                throw CliFailure.Usage($"{path}, line {key.Start.Line}: '{key.Value}' stands there twice.");
        }
        return tree;
    }

    private static YamlTree Keep(NodeEvent node, YamlTree tree, Dictionary<AnchorName, YamlTree> anchors)
    {
        if (!node.Anchor.IsEmpty)
            anchors[node.Anchor] = tree;
        return tree;
    }
}
