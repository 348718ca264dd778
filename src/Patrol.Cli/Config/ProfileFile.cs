using Patrol.Cli.Failures;
using Patrol.Cli.Sources;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Patrol.Cli.Config;

/// <summary>A system by name: where it is, and the files that hold its credentials.</summary>
internal sealed record Profile(SourceKind Kind, string Address, string? TokenFile, string? SecretsFile);

/// <summary>
/// The named systems of <c>config.yaml</c>:
/// <code>
/// profiles:
///   prod:
///     gitlab-db: postgres://gitlab@db.example.com/gitlabhq_production
///     gitlab-secrets: /etc/gitlab/gitlab-secrets.json
/// </code>
/// </summary>
internal sealed class ProfileFile
{
    private const string TokenFileKey = "token-file";
    private const string SecretsKey = "gitlab-secrets";

    private readonly string path;
    private readonly Func<string, string?> variable;
    private readonly Dictionary<string, Dictionary<string, string>> profiles = new(StringComparer.Ordinal);

    private ProfileFile(string path, Func<string, string?> variable) => (this.path, this.variable) = (path, variable);

    /// <summary>Reads <c>$XDG_CONFIG_HOME/patrol/config.yaml</c>, or <c>~/.config/patrol/config.yaml</c>.</summary>
    /// <exception cref="CliFailure">There is none, or it is not as it should be.</exception>
    public static ProfileFile Read(Func<string, string?> variable)
    {
        // An empty or relative XDG_CONFIG_HOME counts as none, as its specification says.
        var home = variable("XDG_CONFIG_HOME") is { } given && Path.IsPathRooted(given) ? given : Path.Combine(variable("HOME") ?? "", ".config");
        var path = Path.Combine(home, "patrol", "config.yaml");
        if (Directory.Exists(path))
            throw CliFailure.Usage($"There are no profiles: {path} is a folder, not a file.");
        if (!File.Exists(path))
            throw CliFailure.Usage($"There are no profiles: {path} does not exist.");
        var file = new ProfileFile(path, variable);
        try
        {
            using var text = File.OpenText(path);
            file.Parse(new Parser(text));
        }
        catch (YamlException fault)
        {
            throw CliFailure.Usage($"{path}, line {fault.Start.Line}: not readable as YAML.");
        }
        return file;
    }

    /// <summary>The profile of that name.</summary>
    /// <exception cref="CliFailure">There is none, or it names no system or several.</exception>
    public Profile Get(string name)
    {
        if (!profiles.TryGetValue(name, out var settings))
            throw CliFailure.Usage($"{path} has no profile '{name}'; it has: {(profiles.Count > 0 ? string.Join(", ", profiles.Keys) : "none")}.");
        var kinds = SourceCatalog.Kinds.Where(kind => settings.ContainsKey(kind.Name)).ToList();
        if (kinds.Count != 1)
            throw CliFailure.Usage($"{path}: profile '{name}' must name exactly one system: {string.Join(", ", SourceCatalog.Kinds.Select(kind => kind.Name))}.");
        if (settings.Keys.FirstOrDefault(key => key is not (TokenFileKey or SecretsKey) && key != kinds[0].Name) is { } unknown)
            throw CliFailure.Usage($"{path}: profile '{name}' has a setting '{unknown}' that there is not.");
        return new Profile(kinds[0], settings[kinds[0].Name], FileOf(settings, TokenFileKey), FileOf(settings, SecretsKey));
    }

    private string? FileOf(Dictionary<string, string> settings, string key) =>
        settings.GetValueOrDefault(key) is not { } text ? null
        : text.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(variable("HOME") ?? "", text[2..])
        : text;

    private void Parse(Parser parser)
    {
        parser.Consume<StreamStart>();
        if (!parser.TryConsume<DocumentStart>(out _))
            return;
        Mapping(parser, top =>
        {
            if (top != "profiles")
                throw CliFailure.Usage($"{path}: '{top}' is not a setting; there is only 'profiles'.");
            Mapping(parser, name =>
            {
                var settings = new Dictionary<string, string>(StringComparer.Ordinal);
                if (!profiles.TryAdd(name, settings))
                    throw CliFailure.Usage($"{path}, line {parser.Current?.Start.Line}: there is a profile '{name}' already.");
                Mapping(parser, key =>
                {
                    if (!settings.TryAdd(key, Text(parser)))
                        throw CliFailure.Usage($"{path}, line {parser.Current?.Start.Line}: profile '{name}' has '{key}' twice.");
                });
            });
        });
    }

    private void Mapping(Parser parser, Action<string> entry)
    {
        if (!parser.TryConsume<MappingStart>(out _))
            throw CliFailure.Usage($"{path}, line {parser.Current?.Start.Line}: names with settings below them are expected here.");
        while (!parser.TryConsume<MappingEnd>(out _))
            entry(Text(parser));
    }

    private string Text(Parser parser) => parser.TryConsume<Scalar>(out var scalar)
        ? scalar.Value
        : throw CliFailure.Usage($"{path}, line {parser.Current?.Start.Line}: a text is expected here.");
}
