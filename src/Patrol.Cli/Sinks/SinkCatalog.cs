using System.Globalization;
using Patrol.Cli.Failures;
using Patrol.Cli.Renewal;
using Patrol.Cli.Sinks.Sql;
using Patrol.Cli.Sources.Http;
using Patrol.Cli.Terminal;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sinks;

/// <summary>The kinds of place that there are; a new one is a line here and a class. Also what places of a run share: connections.</summary>
internal sealed class SinkCatalog(Func<string, string?> variable, Screen screen) : IAsyncDisposable
{
    private static readonly TimeSpan CommandLimit = TimeSpan.FromMinutes(2);

    /// <summary>Each kind with the settings it must have and those it may have; a name that ends in a dot stands for a group.</summary>
    public static readonly IReadOnlyDictionary<string, (string[] Required, string[] Optional)> Kinds = new Dictionary<string, (string[], string[])>(StringComparer.Ordinal)
    {
        ["env"] = (["file", "key"], []),
        ["yaml"] = (["file", "path"], []),
        ["file"] = (["file"], []),
        ["sql"] = (["database", "table", "column", "key."], ["match.", "password-env"]),
        ["kubernetes"] = (["secret", "key"], ["namespace", "kubeconfig", "context"]),
        ["gitlab-variable"] = (["gitlab", "key"], ["project", "group", "environment", "token-env"]),
        ["command"] = (["store"], ["read", "check", "limit"]),
    };

    private readonly Dictionary<string, SqlDatabase> databases = new(StringComparer.Ordinal);

    /// <summary>The tokens that this run has come across.</summary>
    public KnownTokens Known { get; } = new();

    /// <summary>The sink of a planned holder.</summary>
    /// <exception cref="CliFailure">Its settings make no sense.</exception>
    public ISink Open(PlannedHolder holder)
    {
        var settings = holder.Settings;
        return holder.Kind switch
        {
            "env" => new TextFileSink(settings["file"], new EnvEditor(settings["key"])),
            "yaml" => new TextFileSink(settings["file"], new YamlEditor(settings["path"])),
            "file" => new TextFileSink(settings["file"], new WholeFile()),
            "sql" => new SqlRowSink(
                Database(settings["database"], settings.GetValueOrDefault("password-env")), new SqlRow(settings["table"], settings["column"], Below(settings, "key."), Below(settings, "match."))),
            "kubernetes" => new KubernetesSecretSink(
                Kubeconfig.Read(settings.GetValueOrDefault("kubeconfig"), settings.GetValueOrDefault("context"), variable), settings.GetValueOrDefault("namespace"), settings["secret"], settings["key"]),
            "gitlab-variable" => Variable(settings),
            "command" => new CommandSink(
                settings["store"], settings.GetValueOrDefault("read"), settings.GetValueOrDefault("check"),
                settings.GetValueOrDefault("limit") is { } limit ? Duration.Read("limit", limit) : CommandLimit, screen, Known),
            _ => throw CliFailure.Usage($"There is no kind of holder '{holder.Kind}'; there are: {string.Join(", ", Kinds.Keys)}."),
        };
    }

    /// <summary>A database, opened once for all its rows.</summary>
    /// <param name="text">Its address.</param>
    /// <param name="passwordVariable">The environment variable of its password; null for the engine's usual one.</param>
    public SqlDatabase Database(string text, string? passwordVariable)
    {
        if (databases.TryGetValue(text, out var known))
            return known;
        var address = SqlAddress.Read(text, "database");
        var password = variable(passwordVariable ?? (address.IsPostgres ? "PGPASSWORD" : "MYSQL_PWD"));
        return databases[text] = SqlDatabase.For(address, password is null ? null : new Secret(password));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var database in databases.Values)
            await database.DisposeAsync();
    }

    private GitLabVariableSink Variable(IReadOnlyDictionary<string, string> settings)
    {
        var (project, group) = (settings.GetValueOrDefault("project"), settings.GetValueOrDefault("group"));
        if (project is null == group is null)
            throw CliFailure.Usage("A gitlab-variable is a project's or a group's: give one of 'project' and 'group'.");
        var name = settings.GetValueOrDefault("token-env") ?? "GITLAB_TOKEN";
        var credential = variable(name) is { Length: > 0 } token ? new Secret(token) : throw CliFailure.Usage($"No token to write the variable {settings["key"]} with: set {name}.");
        Known.Add(credential);
        return new GitLabVariableSink(
            ApiAddress.Read("gitlab", settings["gitlab"], "api/v4"), project, group, settings["key"], settings.GetValueOrDefault("environment") ?? "*", credential);
    }

    private static Dictionary<string, string> Below(IReadOnlyDictionary<string, string> settings, string group) =>
        settings.Where(pair => pair.Key.StartsWith(group, StringComparison.Ordinal)).ToDictionary(pair => pair.Key[group.Length..], pair => pair.Value, StringComparer.Ordinal);
}

/// <summary>A length of clock time: <c>30s</c>, <c>10m</c>, <c>2h</c>, or <c>0</c>.</summary>
internal static class Duration
{
    public static TimeSpan Read(string name, string text)
    {
        var (digits, unit) = text.Length > 0 && char.IsAsciiLetter(text[^1]) ? (text[..^1], text[^1]) : (text, 's');
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || unit is not ('s' or 'm' or 'h' or 'd') || number > 1_000_000)
            throw CliFailure.Usage($"{name}: '{text}' is no length of time; write 30s, 10m or 2h.");
        var length = TimeSpan.FromSeconds((double)number * (unit switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 86400 }));
        return length <= TimeSpan.FromDays(7) ? length : throw CliFailure.Usage($"{name}: {text} is longer than a week.");
    }
}
