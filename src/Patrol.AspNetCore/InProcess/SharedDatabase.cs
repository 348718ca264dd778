using System.Data.Common;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Npgsql;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;

namespace Patrol.AspNetCore.InProcess;

/// <summary>The authority's own database, which is only ever read here.</summary>
internal sealed class SharedDatabase : IDisposable
{
    private const string Select = """
        SELECT t.id, t.user_id, u.username, t.scopes, t.expires_at, t.revoked_at, t.kind, t.dialect, u.state, u.admin,
               (SELECT s.body FROM settings s WHERE s.id = 1)
        FROM tokens t JOIN users u ON u.id = t.user_id
        WHERE t.digest = @digest
        """;

    private const string ActiveUser = "active";
    private const string AtlassianSwitch = "atlassian.pats.enabled";

    private readonly DbDataSource source;

    private SharedDatabase(DbDataSource source, string connectionString, bool isPostgres) => (this.source, ConnectionString, IsPostgres) = (source, connectionString, isPostgres);

    public string ConnectionString { get; }

    public bool IsPostgres { get; }

    /// <summary>Opens it: an Npgsql connection string, or the path of a SQLite file.</summary>
    /// <exception cref="ArgumentException">It is neither.</exception>
    public static SharedDatabase Open(string database, TimeSpan timeout)
    {
        var seconds = (int)Math.Ceiling(timeout.TotalSeconds);
        if (!NamesHost(database))
        {
            var file = new SqliteConnectionStringBuilder { DataSource = database, Mode = SqliteOpenMode.ReadOnly, DefaultTimeout = seconds }.ToString();
            return new SharedDatabase(SqliteFactory.Instance.CreateDataSource(file), file, isPostgres: false);
        }
        var settings = new NpgsqlConnectionStringBuilder(database) { Timeout = seconds, CommandTimeout = seconds };
        if (settings.MaxAutoPrepare == 0)
            settings.MaxAutoPrepare = 10;
        settings.ApplicationName ??= "patrol-aspnetcore";
        return new SharedDatabase(new NpgsqlSlimDataSourceBuilder(settings.ConnectionString).Build(), settings.ConnectionString, isPostgres: true);
    }

    /// <summary>Whether it is an Npgsql connection string rather than a path.</summary>
    public static bool NamesHost(string database) => database.Contains("Host=", StringComparison.OrdinalIgnoreCase);

    /// <summary>The token with that digest if it is good now; otherwise null.</summary>
    public async Task<PatrolToken?> Find(TokenDigest digest, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        await using var command = Command(connection, Select, "digest", digest.ToBytes());
        await using var row = await command.ExecuteReaderAsync(cancellation);
        if (!await row.ReadAsync(cancellation))
            return null;
        var (kind, dialect, isAdmin) = ((TokenKind)row.GetInt64(6), (TokenDialect)row.GetInt64(7), row.GetInt64(9) == 1);
        var expiresAt = row.IsDBNull(4) ? (DateTimeOffset?)null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4));
        var settings = Settings.Read(row.IsDBNull(10) ? "{}" : row.GetString(10));
        if (settings.DisablePersonalAccessTokens && dialect == TokenDialect.GitLab && kind == TokenKind.Personal && !isAdmin)
            return null;
        // Whatever the authority's own settings say: here nothing outlives its expiry, as with introspection.
        var policy = new TokenPolicy(ExpiryEnforced: true, settings.ImpersonationEnabled || dialect == TokenDialect.Atlassian, settings.AtlassianEnabled || dialect == TokenDialect.GitLab);
        var facts = new TokenFacts(kind, expiresAt, !row.IsDBNull(5), row.GetString(8) == ActiveUser);
        var scopes = dialect == TokenDialect.Atlassian ? ScopeSet.Unlimited(isAdmin) : ScopeSet.FromStored(row.GetString(3));
        return TokenRules.Judge(facts, policy, now) == TokenVerdict.Good
            ? new PatrolToken(row.GetInt64(0), row.GetInt64(1), row.GetString(2), scopes, expiresAt) : null;
    }

    /// <summary>Whether that secret keys this database's digests.</summary>
    public async Task<bool> IsKeyedWith(byte[] secret, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        await using var command = Command(connection, "SELECT body FROM settings WHERE id = @row", "row", (long)SecretPrint.Row);
        return await command.ExecuteScalarAsync(cancellation) as string == SecretPrint.Of(secret);
    }

    public void Dispose() => source.Dispose();

    private static DbCommand Command(DbConnection connection, string sql, string name, object value)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        command.Parameters.Add(parameter);
        return command;
    }

    // Of the instance's settings those that decide whether a token is good, with the authority's defaults.
    private readonly record struct Settings(bool DisablePersonalAccessTokens, bool ImpersonationEnabled, bool AtlassianEnabled)
    {
        public static Settings Read(string body)
        {
            using var json = JsonDocument.Parse(body);
            var root = json.RootElement;
            bool Is(string name, bool otherwise) => root.TryGetProperty(name, out var value) ? value.GetBoolean() : otherwise;
            var isOff = root.TryGetProperty("AtlassianChanges", out var changes) && changes.TryGetProperty(AtlassianSwitch, out var text)
                && bool.TryParse(text.GetString(), out var enabled) && !enabled;
            return new Settings(Is("DisablePersonalAccessTokens", otherwise: false), Is("ImpersonationEnabled", otherwise: true), !isOff);
        }
    }
}
