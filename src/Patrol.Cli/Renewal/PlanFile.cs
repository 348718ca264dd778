using Patrol.Cli.Config;
using Patrol.Cli.Failures;
using Patrol.Cli.Sinks;
using Patrol.Cli.Sources.Http;
using Patrol.Core.Lifetimes;

namespace Patrol.Cli.Renewal;

/// <summary>
/// The general form: a YAML file of tokens, each with its source, owner, scopes and lifetime, its holders, the command that brings it
/// into use, and its proofs. What a file says that there is not is refused with its line, and so is what it leaves out.
/// </summary>
internal sealed class PlanFile
{
    private static readonly string[] TokenKeys = ["name", "source", "owner", "project", "group", "role", "scopes", "lifetime", "due-within", "holders", "after", "after-limit", "prove"];

    private static readonly Dictionary<string, int> Roles = new(StringComparer.Ordinal) { ["guest"] = 10, ["reporter"] = 20, ["developer"] = 30, ["maintainer"] = 40, ["owner"] = 50 };

    private readonly string path;
    private readonly DateOnly today;
    private readonly bool force;

    private PlanFile(string path, DateOnly today, bool force) => (this.path, this.today, this.force) = (Path.GetFullPath(path), today, force);

    /// <summary>Reads a plan.</summary>
    /// <param name="path">The file.</param>
    /// <param name="today">From when lifetimes count.</param>
    /// <param name="force">What is not due is renewed, too.</param>
    /// <exception cref="CliFailure">It is not there or not as it should be.</exception>
    public static RenewalPlan Read(string path, DateOnly today, bool force) => new PlanFile(path, today, force).Read();

    private RenewalPlan Read()
    {
        var root = YamlTree.Read(path);
        Only(root, "the plan", ["tokens"]);
        if (root["tokens"] is not { Items.Count: > 0 } list)
            throw Wrong(root, "'tokens' must be a list of at least one token");
        var tokens = list.Items.Select(Token).ToList();
        if (tokens.GroupBy(token => token.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw Wrong(root, $"two tokens are called {twice.Key}");
        // One would overwrite the other, for ever.
        if (tokens.SelectMany(token => token.Holders.Select(holder => (token.Name, holder.Place))).GroupBy(held => held.Place, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } shared)
            throw Wrong(root, $"{string.Join(" and ", shared.Select(held => held.Name).Distinct())} {(shared.Select(held => held.Name).Distinct().Count() > 1 ? "have the same holder" : "has the same holder twice")} ({shared.Key})");
        return new RenewalPlan { Target = path, Tokens = tokens, SettleSeconds = 0 };
    }

    private PlannedToken Token(YamlTree node)
    {
        Only(node, "a token", TokenKeys);
        var name = Required(node, "name");
        var source = Source(node["source"] ?? throw Wrong(node, $"{name} has no 'source'")) with { Place = Place(node, name) };
        var isAtlassian = source.Kind is "jira" or "confluence";
        var scopes = (node["scopes"]?.Items ?? []).Select(scope => scope.Text ?? throw Wrong(scope, "a scope is a text")).ToList();
        if (scopes.Count == 0 != isAtlassian)
            throw Wrong(node, isAtlassian ? $"{name}: Atlassian's tokens have no scopes" : $"{name} has no 'scopes': give a list such as [api]");
        if (isAtlassian && source.Place is not null)
            throw Wrong(node, $"{name}: Atlassian's tokens are users'");
        if (node["owner"] is null && source.Place is null && !isAtlassian)
            throw Wrong(node, $"{name} has no 'owner': give the user name of whom the token belongs to, or the 'project' or 'group' whose it is");
        return new PlannedToken
        {
            Name = name,
            TokenName = name,
            Source = source,
            Owner = node["owner"] is null ? null : Required(node, "owner"),
            Scopes = scopes,
            ExpiresOn = Span(node, "lifetime", "90d").After(today),
            CountedFrom = today,
            DueUntil = force ? null : Span(node, "due-within", "14d").After(today),
            Holders = node["holders"] is { Items.Count: > 0 } holders ? [.. holders.Items.Select(Holder)] : throw Wrong(node, $"{name} has no 'holders'"),
            After = node["after"] is null ? null : Required(node, "after"),
            AfterSeconds = Told(node["after-limit"] ?? node, () => Duration.Read("after-limit", node["after-limit"]?.Text ?? "10m")).TotalSeconds,
            Proofs = [.. (node["prove"]?.Items ?? []).Select(Proof)],
        };
    }

    private PlannedPlace? Place(YamlTree node, string name)
    {
        string[] given = [.. ((string[])["owner", "project", "group"]).Where(key => node[key] is not null)];
        if (given.Length > 1)
            throw Wrong(node[given[1]]!, $"{name} has both '{given[0]}' and '{given[1]}': give whose the token is once");
        if (given is not ["project" or "group"])
            return node["role"] is { } stray ? throw Wrong(stray, "'role' goes with 'project' or 'group'") : null;
        var role = node["role"]?.Text ?? "maintainer";
        return new PlannedPlace(
            given[0] == "group", Required(node, given[0]), Roles.TryGetValue(role, out var level) ? level : throw Wrong(node["role"]!, $"'role' is one of: {string.Join(", ", Roles.Keys)}"));
    }

    private PlannedSource Source(YamlTree node)
    {
        var kind = RenewalSources.Kinds.Keys.FirstOrDefault(key => node[key] is not null) ?? throw Wrong(node, $"a source is one of: {string.Join(", ", RenewalSources.Kinds.Keys)}, with its address");
        Only(node, "a source", [kind, "token-env"]);
        Told(node[kind]!, () => ApiAddress.Read(kind, Required(node, kind), ""));
        return new PlannedSource(kind, Required(node, kind), node["token-env"]?.Text ?? RenewalSources.Kinds[kind]);
    }

    private PlannedHolder Holder(YamlTree node)
    {
        var (kind, settings) = One(node, "a holder", SinkCatalog.Kinds);
        // Relative to the plan, wherever the program is started.
        foreach (var key in (string[])["file", "kubeconfig"])
        {
            if (settings.TryGetValue(key, out var file))
                settings[key] = Path.Combine(Path.GetDirectoryName(path)!, file);
        }
        Limit(node, settings);
        if (kind == "gitlab-variable")
            Told(node, () => ApiAddress.Read("gitlab", settings["gitlab"], ""));
        return new PlannedHolder(kind, settings);
    }

    private void Limit(YamlTree node, Dictionary<string, string> settings)
    {
        if (settings.GetValueOrDefault("limit") is { } limit)
            Told(node, () => Duration.Read("limit", limit));
    }

    // With the plan's line instead of an option's name.
    private T Told<T>(YamlTree node, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (CliFailure failure)
        {
            throw Wrong(node, failure.Message.TrimStart('-').Replace(" or --token-file", "", StringComparison.Ordinal).TrimEnd('.'));
        }
    }

    private PlannedProof Proof(YamlTree node)
    {
        var (kind, settings) = One(node, "a proof", Proofs.Kinds);
        if (Proofs.WhyNot(kind, settings) is { } why)
            throw Wrong(node, $"{kind}: {why}");
        Limit(node, settings);
        return new PlannedProof(kind, settings);
    }

    // An entry like `env: {file: …, key: …}`, flattened.
    private (string Kind, Dictionary<string, string> Settings) One(YamlTree node, string what, IReadOnlyDictionary<string, (string[] Required, string[] Optional)> kinds)
    {
        if (node.Entries.Count != 1 || !kinds.TryGetValue(node.Entries.Keys.First(), out var known))
            throw Wrong(node, $"{what} is one of: {string.Join(", ", kinds.Keys)}, with its settings");
        var (kind, body) = node.Entries.First();
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in body.Entries)
        {
            if (value.Text is { } text && known.Required.Concat(known.Optional).Contains(name))
                settings[name] = text;
            else if (value.Entries.Count > 0 && known.Required.Concat(known.Optional).Contains($"{name}."))
                value.Entries.ToList().ForEach(entry => settings[$"{name}.{entry.Key}"] = entry.Value.Text ?? throw Wrong(entry.Value, $"{name}.{entry.Key} is no text"));
            else
                throw Wrong(value, $"{kind} has no setting '{name}' of this kind; it has: {string.Join(", ", known.Required.Concat(known.Optional).Select(key => key.TrimEnd('.')))}");
        }
        if (known.Required.FirstOrDefault(key => !settings.Keys.Any(given => given == key || (key.EndsWith('.') && given.StartsWith(key, StringComparison.Ordinal)))) is { } missing)
            throw Wrong(body, $"{kind} needs '{missing.TrimEnd('.')}'");
        return (kind, settings);
    }

    private Span Span(YamlTree node, string key, string usual) =>
        Core.Lifetimes.Span.Parse(node[key]?.Text ?? usual) ?? throw Wrong(node[key]!, $"'{key}' is no span; write 30d, 6mo or 1y");

    private string Required(YamlTree node, string key) =>
        node[key] is { Text: { Length: > 0 } text } ? key is "name" or "owner" && text.Any(char.IsControl) ? throw Wrong(node[key]!, $"'{key}' has a line break or the like") : text : throw Wrong(node[key] ?? node, $"'{key}' is missing or empty");

    private void Only(YamlTree node, string what, IReadOnlyList<string> keys)
    {
        if (node.Entries.Keys.FirstOrDefault(key => !keys.Contains(key)) is { } unknown)
            throw Wrong(node[unknown]!, $"{what} has no '{unknown}'; it has: {string.Join(", ", keys)}");
    }

    private CliFailure Wrong(YamlTree node, string why) => CliFailure.Usage($"{path}, line {node.Line}: {why}.");
}
