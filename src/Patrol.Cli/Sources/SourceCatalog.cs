using Patrol.Cli.Failures;
using Patrol.Cli.Sources.Atlassian;
using Patrol.Cli.Sources.GitLabApi;
using Patrol.Cli.Sources.GitLabDatabase;
using Patrol.Cli.Sources.Http;
using Patrol.Cli.Sources.PatrolServer;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sources;

/// <summary>The kinds of system that there are. A new one is a line here and what it names.</summary>
internal static class SourceCatalog
{
    public static readonly IReadOnlyList<SourceKind> Kinds =
    [
        new("gitlab-db", "CONNECTION", "GitLab's database: postgres://user@host:port/database, password from PGPASSWORD or .pgpass", GitLabDatabaseSource.Open, DatabaseFaults.Explain),
        new("gitlab", "URL", "GitLab's API, or a Patrol server's: https://gitlab.example.com, token from GITLAB_TOKEN", GitLabApiSource.Open, ApiFault.Explain),
        new("server", "URL", "A Patrol server: https://patrol.example.com, an administrator's token from PATROL_TOKEN", PatrolServerSource.Open, ApiFault.Explain),
        new("jira", "URL", "Jira Data Center: https://jira.example.com, token from JIRA_TOKEN; others' tokens than one's own: experimental", AtlassianSource.OpenJira, ApiFault.Explain),
        new("confluence", "URL", "Confluence Data Center: https://wiki.example.com, token from CONFLUENCE_TOKEN; the same holds", AtlassianSource.OpenConfluence, ApiFault.Explain),
    ];

    /// <summary>What a system's own exception means; null if it is no system's.</summary>
    public static CliFailure? Explain(Exception fault) => Kinds.Select(kind => kind.Explain(fault)).FirstOrDefault(failure => failure is not null);
}

/// <summary>A kind of system.</summary>
/// <param name="Name">Its option without the dashes, and its key in a profile.</param>
/// <param name="Address">What the option's value is called in help.</param>
/// <param name="Description">For help.</param>
/// <param name="Open">Connects.</param>
/// <param name="Explain">Turns the exceptions of its libraries into a failure; null for others'.</param>
internal sealed record SourceKind(
    string Name, string Address, string Description, Func<SourceTarget, CancellationToken, Task<ISource>> Open, Func<Exception, CliFailure?> Explain);

/// <summary>A system as somebody named it.</summary>
/// <param name="Address">Where it is.</param>
/// <param name="AddressIsPublic">The address stands on the command line, where other users of the machine see it.</param>
/// <param name="TokenFile">The file that holds the token to sign in with.</param>
/// <param name="SecretsFile">GitLab's <c>gitlab-secrets.json</c>.</param>
/// <param name="Now">The instant of the run.</param>
/// <param name="Variable">The environment.</param>
internal sealed record SourceTarget(
    string Address, bool AddressIsPublic, string? TokenFile, string? SecretsFile, DateTimeOffset Now, Func<string, string?> Variable)
{
    /// <summary>Tells the person something that is no data and no failure.</summary>
    public Action<string> Say { get; init; } = _ => { };

    public DateOnly Today => Core.Lifetimes.UtcDay.Of(Now);

    /// <summary>The token to sign in with: from the file if one is given, else from an environment variable.</summary>
    /// <param name="name">The variable.</param>
    /// <exception cref="CliFailure">There is neither.</exception>
    public Secret Token(string name) =>
        TokenIfAny(name) ?? throw CliFailure.Usage($"No token to sign in with: set {name} or give --token-file FILE.");

    /// <summary>The same; null if there is neither.</summary>
    public Secret? TokenIfAny(string name)
    {
        if (TokenFile is { } file)
        {
            var text = ReadFile(file).Trim();
            return text.Length > 0 ? new Secret(text) : throw CliFailure.Usage($"--token-file: {file} is empty.");
        }
        return Variable(name) is { Length: > 0 } value ? new Secret(value.Trim()) : null;
    }

    /// <summary>A file that the user named.</summary>
    /// <exception cref="CliFailure">It is not there, or not readable.</exception>
    public static string ReadFile(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw CliFailure.Usage($"{file} does not exist.");
        }
        catch (UnauthorizedAccessException) when (Directory.Exists(file))
        {
            throw CliFailure.Usage($"{file} is a folder, not a file.");
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new CliFailure(ExitCode.NotAllowed, $"{file} may not be read by this user.", fault);
        }
    }
}
