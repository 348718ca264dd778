using Npgsql;
using Patrol.Cli.Failures;

namespace Patrol.Cli.Sources.GitLabDatabase;

/// <summary>
/// What this GitLab's database has, read from PostgreSQL's catalog rather than from a version: columns came and went, and
/// upgrades stop half way.
/// </summary>
internal sealed class Schema
{
    public const string Tokens = "personal_access_tokens";

    // Without these it is not GitLab's, or one from before 16.0.
    private static readonly string[] Needed =
    [
        $"{Tokens}.id", $"{Tokens}.user_id", $"{Tokens}.name", $"{Tokens}.revoked", $"{Tokens}.expires_at", $"{Tokens}.created_at", $"{Tokens}.updated_at",
        $"{Tokens}.scopes", $"{Tokens}.impersonation", $"{Tokens}.last_used_at", "users.id", "users.email", "users.username", "users.state", "users.user_type",
        "members.user_id", "members.source_type", "members.source_id", "members.expires_at",
    ];

    private static readonly string[] Tables =
    [
        Tokens, "users", "members", "user_details", "namespaces", "projects", "routes", "batched_background_migrations", "application_settings",
    ];

    private readonly HashSet<string> columns;

    private Schema(HashSet<string> columns) => this.columns = columns;

    /// <summary>Reads the catalog.</summary>
    /// <exception cref="CliFailure">It is no GitLab database, or lacks what none can lack.</exception>
    public static async Task<Schema> Read(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var names = string.Join(',', Tables.Select(table => $"('{table}')"));
        // A role's statement_timeout is for its applications; on a busy server the catalog, too, takes its time.
        var rows = await Counting.Texts(
            connection,
            $"SELECT t.name || '.' || a.attname FROM (VALUES {names}) t(name) JOIN pg_attribute a ON a.attrelid = to_regclass(t.name) AND a.attnum > 0 AND NOT a.attisdropped",
            cancellation);
        var columns = rows.Select(row => row[0]!).ToHashSet(StringComparer.Ordinal);
        var schema = new Schema(columns);
        if (!columns.Any(column => column.StartsWith($"{Tokens}.", StringComparison.Ordinal)))
            throw CliFailure.Usage($"The database {connection.Database} is not GitLab's: it has no table {Tokens} that this user can see.");
        if (Needed.FirstOrDefault(column => !columns.Contains(column)) is { } missing)
            throw CliFailure.Usage($"The database {connection.Database} is not one that patrol knows: it has no column {missing}. GitLab 16.0 and later have.");
        return schema;
    }

    /// <summary>Whether there is a column, as <c>table.column</c>.</summary>
    public bool Has(string column) => columns.Contains(column);

    /// <summary>Whether there is a column of the token table.</summary>
    public bool TokenHas(string column) => columns.Contains($"{Tokens}.{column}");
}
