using Patrol.Core.Directory;
using Patrol.Core.Doors;
using Patrol.Core.Results;
using Patrol.Core.Scopes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Patrol.Server.Wire.Doors;

/// <summary>What the operator says about the doors.</summary>
/// <param name="File">Where it stands; null if there is no file.</param>
/// <param name="Cookie">A cookie that carries a token.</param>
/// <param name="Header">A header that carries a token, besides those that everybody knows.</param>
/// <param name="SignIn">Where browsers without a token are led.</param>
/// <param name="ChallengesBasic">401 asks for Basic rather than a bearer token.</param>
/// <param name="Rules">The rules, in order; null if there are none at all.</param>
internal sealed record DoorsSettings(string? File, string? Cookie, string? Header, Uri? SignIn, bool ChallengesBasic, IReadOnlyList<DoorRule>? Rules)
{
    public static readonly DoorsSettings None = new(null, null, null, null, false, null);
}

/// <summary>A settings file says something that cannot be meant.</summary>
internal sealed class DoorsFileException(string file, long line, string what) : Exception($"{file}:{line}: {what}");

/// <summary>Reads the settings file of the doors. What is not known is refused with its line: a misspelt word must not open anything.</summary>
internal sealed class DoorsFile
{
    private const int MostRules = 1_000;
    private static readonly string[] Keys = ["cookie", "header", "sign_in", "challenge", "rules"];
    private static readonly string[] RuleKeys = ["path", "host", "methods", "public", "scope", "project", "group", "level", "visible_suffices"];
    private readonly string file;

    private DoorsFile(string file) => this.file = file;

    /// <exception cref="DoorsFileException">The file is wrong; the message names file and line.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static DoorsSettings Read(string file)
    {
        var yaml = new YamlStream();
        try
        {
            using var text = new StringReader(System.IO.File.ReadAllText(file));
            yaml.Load(text);
        }
        catch (YamlException fault)
        {
            throw new DoorsFileException(file, fault.Start.Line, fault.InnerException?.Message ?? fault.Message);
        }
        return yaml.Documents.Count == 1 ? new DoorsFile(file).ReadSettings(yaml.Documents[0].RootNode)
            : throw new DoorsFileException(file, 1, "there must be one document with 'rules'.");
    }

    private DoorsSettings ReadSettings(YamlNode root)
    {
        var map = Map(root, "the file", Keys);
        var rules = map.GetValueOrDefault("rules") is { } list ? List(list, "rules").ConvertAll(ReadRule) : null;
        if (rules is { Count: 0 or > MostRules })
            throw Wrong(map["rules"], $"there must be 1 to {MostRules} rules.");
        return new DoorsSettings(
            file, Word(map, "cookie", IsToken, "a cookie's name"), Word(map, "header", IsToken, "a header's name"), ReadSignIn(map),
            Word(map, "challenge", text => text is "basic" or "bearer", "basic or bearer") == "basic", rules);
    }

    private DoorRule ReadRule(YamlNode node)
    {
        var map = Map(node, "a rule", RuleKeys);
        if (map.GetValueOrDefault("path") is not { } path)
            throw Wrong(node, "a rule needs a path.");
        if (!PathPattern.Parse(Text(path, "path")).Succeeded(out var pattern, out var refusal))
            throw Wrong(path, Said(refusal));
        var (isGroup, resource) = ReadResource(map, pattern);
        var requirement = new DoorRequirement
        {
            Public = Flag(map, "public"),
            Scopes = map.GetValueOrDefault("scope") is { } scopes ? List(scopes, "scope").ConvertAll(ReadScope) : [],
            NeedsGroup = isGroup,
            Level = map.GetValueOrDefault("level") is { } level ? ReadLevel(level) : AccessLevel.None,
            VisibilityOpens = Flag(map, "visible_suffices"),
        };
        if (requirement.Public && map.Keys.Any(key => key is "scope" or "level" or "project" or "group" or "visible_suffices"))
            throw Wrong(node, "a public rule asks for nothing else.");
        if (!requirement.Public && requirement.Scopes.Count == 0)
            throw Wrong(node, "a rule needs a scope, or 'public: true'.");
        if (isGroup is null && map.Keys.FirstOrDefault(key => key is "level" or "visible_suffices") is { } alone)
            throw Wrong(map[alone], $"{alone} needs {{project}} or {{group}} in the path, or project or group.");
        return new DoorRule(
            (int)node.Start.Line, pattern, Words(map, "host").ConvertAll(ForwardedRequest.PlainHost), Words(map, "methods"), resource, requirement);
    }

    private (bool? IsGroup, string? Resource) ReadResource(Dictionary<string, YamlNode> map, PathPattern pattern)
    {
        var project = Word(map, "project", text => text.Length > 0, "an id or a full path");
        var group = Word(map, "group", text => text.Length > 0, "an id or a full path");
        if ((project is null ? 0 : 1) + (group is null ? 0 : 1) + (pattern.CapturesGroup is null ? 0 : 1) > 1)
            throw Wrong(map["path"], "a rule is about one project or group.");
        return (pattern.CapturesGroup ?? (group is not null ? true : project is not null ? false : null), project ?? group);
    }

    private Scope ReadScope(YamlNode node) =>
        ScopeCatalog.Find(Text(node, "scope")) ?? throw Wrong(node, $"there is no scope '{Text(node, "scope")}'.");

    private AccessLevel ReadLevel(YamlNode node) =>
        Enum.TryParse<AccessLevel>(Text(node, "level"), ignoreCase: true, out var level) && Enum.IsDefined(level) && level != AccessLevel.None
            && !char.IsAsciiDigit(Text(node, "level")[0]) ? level
        : throw Wrong(node, "level is guest, planner, reporter, developer, maintainer or owner.");

    private Uri? ReadSignIn(Dictionary<string, YamlNode> map) => map.GetValueOrDefault("sign_in") is not { } node ? null
        : Uri.TryCreate(Text(node, "sign_in"), UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Fragment.Length == 0 ? url
        : throw Wrong(node, "sign_in must be an http or https URL.");

    private List<string> Words(Dictionary<string, YamlNode> map, string key) =>
        map.GetValueOrDefault(key) is not { } node ? [] : List(node, key).ConvertAll(item => Text(item, key) is { Length: > 0 } text ? text : throw Wrong(item, $"{key} must not be empty."));

    private string? Word(Dictionary<string, YamlNode> map, string key, Func<string, bool> fits, string what) =>
        map.GetValueOrDefault(key) is not { } node ? null
        : fits(Text(node, key)) ? Text(node, key)
        : throw Wrong(node, $"{key} must be {what}.");

    private bool Flag(Dictionary<string, YamlNode> map, string key) =>
        map.GetValueOrDefault(key) is { } node && Text(node, key) switch
        {
            "true" => true,
            "false" => false,
            _ => throw Wrong(node, $"{key} must be true or false."),
        };

    private Dictionary<string, YamlNode> Map(YamlNode node, string what, string[] known)
    {
        if (node is not YamlMappingNode mapping)
            throw Wrong(node, $"{what} must have words with values: {string.Join(", ", known)}.");
        var map = new Dictionary<string, YamlNode>(StringComparer.Ordinal);
        foreach (var (key, value) in mapping.Children)
        {
            var word = Text(key, what);
            if (!known.Contains(word))
                throw Wrong(key, $"'{word}' is not known; {what} knows {string.Join(", ", known)}.");
            map.Add(word, value);
        }
        return map;
    }

    // One word may stand for a list of one.
    private List<YamlNode> List(YamlNode node, string what) => node switch
    {
        YamlSequenceNode sequence when sequence.Children.Count > 0 => [.. sequence.Children],
        YamlScalarNode when what != "rules" => [node],
        _ => throw Wrong(node, $"{what} must be a list that is not empty."),
    };

    private string Text(YamlNode node, string what) => node is YamlScalarNode { Value: { } text } ? text : throw Wrong(node, $"{what} must be a text.");

    private DoorsFileException Wrong(YamlNode node, string what) => new(file, node.Start.Line, what);

    private static string Said(Refusal refusal) => refusal is Refusal.Invalid invalid ? $"{invalid.Field} {invalid.Why}." : refusal.ToString();

    // RFC 9110's token: what names of headers and cookies are made of.
    private static bool IsToken(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c));
}
