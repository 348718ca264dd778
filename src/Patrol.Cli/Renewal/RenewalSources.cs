using Patrol.Cli.Failures;
using Patrol.Cli.Sources.Atlassian;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Renewal;

/// <summary>The systems that tokens of a plan come from, each opened once with its credential.</summary>
internal sealed class RenewalSources(Func<string, string?> variable) : IDisposable
{
    /// <summary>The kinds, each with the environment variable of its token.</summary>
    public static readonly IReadOnlyDictionary<string, string> Kinds = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["gitlab"] = "GITLAB_TOKEN",
        ["patrol"] = "PATROL_TOKEN",
        ["jira"] = "JIRA_TOKEN",
        ["confluence"] = "CONFLUENCE_TOKEN",
    };

    private readonly Dictionary<PlannedSource, IRenewalSource> open = [];

    public IEnumerable<IRenewalSource> All => open.Values;

    public IRenewalSource Open(PlannedSource source)
    {
        if (open.TryGetValue(source, out var known))
            return known;
        var credential = Credential(source);
        return open[source] = source.Kind switch
        {
            "gitlab" or "patrol" when source.Place is not null => new GitLabResourceSource(source, credential),
            "gitlab" or "patrol" => new GitLabRenewalSource(source.Address, source.Variable, credential),
            "jira" => new AtlassianRenewalSource(AtlassianProduct.Jira, source.Address, source.Variable, credential),
            "confluence" => new AtlassianRenewalSource(AtlassianProduct.Confluence, source.Address, source.Variable, credential),
            _ => throw CliFailure.Usage($"There is no kind of source '{source.Kind}'; there are: {string.Join(", ", Kinds.Keys)}."),
        };
    }

    /// <summary>The token that the environment has for a source; null if it has none.</summary>
    public Secret? Credential(PlannedSource source) => variable(source.Variable)?.Trim() is { Length: > 0 } text ? new Secret(text) : null;

    public void Dispose()
    {
        foreach (var source in open.Values)
            source.Dispose();
    }
}
