using System.Data.Common;
using System.Text.Json;
using Npgsql;
using Patrol.Cli.Failures;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sinks.Sql;

/// <summary>PostgreSQL.</summary>
internal sealed class PostgresDatabase(SqlAddress address, Secret? password) : SqlDatabase(address, password)
{
    public override string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    public override string Holds(string column, string parameter) => $"{Quote(column)}::text IS NOT DISTINCT FROM {parameter}";

    // Only the rows that a condition picks are locked here, whatever way they are found.
    public override string Indexed(string column, string parameter) => Holds(column, parameter);

    public override async Task<List<Dictionary<string, string?>>> Rows(
        DbConnection open, DbTransaction? transaction, SqlTable table, string condition, IReadOnlyList<(string Name, object? Value)> parameters, CancellationToken cancellation)
    {
        await using var command = Command(open, transaction, $"SELECT to_jsonb(t)::text FROM {table.Name} AS t WHERE {condition}{(transaction is null ? "" : " FOR UPDATE")}", parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<Dictionary<string, string?>>();
        while (await reader.ReadAsync(cancellation))
        {
            using var json = JsonDocument.Parse(reader.GetString(0));
            rows.Add(json.RootElement.EnumerateObject().ToDictionary(
                property => property.Name, property => property.Value.ValueKind == JsonValueKind.Null ? null : property.Value.ToString(), StringComparer.Ordinal));
        }
        return rows;
    }

    protected override DbConnection Connect()
    {
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = Address.Host,
            Port = Address.Port,
            Username = Address.User,
            Password = Password,
            Database = Address.Database,
            Pooling = false,
            Timeout = 10,
            CommandTimeout = 30,
            ApplicationName = "patrol",
            IncludeErrorDetail = false,
        };
        if (Address.TlsMode is { } mode)
        {
            settings.SslMode = Enum.TryParse<SslMode>(mode.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var known) ? known
                : throw CliFailure.Usage("sslmode is none of disable, allow, prefer, require, verify-ca, verify-full.");
        }
        var builder = new NpgsqlSlimDataSourceBuilder(settings.ConnectionString);
        builder.EnableTransportSecurity();
        return builder.Build().CreateConnection();
    }

    protected override async Task<string?> Prepare(DbConnection open, CancellationToken cancellation)
    {
        await Query(open, "SET lock_timeout = '5s'", cancellation);
        return await Query(open, "SELECT pg_try_advisory_lock(hashtext(@name))::text", cancellation, ("@name", LockName)) is [["true"]] ? null : "another connection holds its advisory lock";
    }

    protected override async Task<SqlTable> Describe(DbConnection open, string name, CancellationToken cancellation)
    {
        var parts = name.Split('.', 2);
        var (schema, table) = parts.Length > 1 ? (parts[0], parts[1]) : ("public", name);
        var columns = await Query(
            open,
            """
            SELECT c.column_name::text, c.character_maximum_length::text, (k.column_name IS NOT NULL)::text, c.udt_name::text
            FROM information_schema.columns c
            LEFT JOIN information_schema.table_constraints p ON p.table_schema = c.table_schema AND p.table_name = c.table_name AND p.constraint_type = 'PRIMARY KEY'
            LEFT JOIN information_schema.key_column_usage k
                ON k.constraint_schema = p.constraint_schema AND k.constraint_name = p.constraint_name AND k.table_name = c.table_name AND k.column_name = c.column_name
            WHERE c.table_schema = @schema AND c.table_name = @name ORDER BY c.ordinal_position
            """,
            cancellation, ("@schema", schema), ("@name", table));
        if (columns.Count == 0)
            throw CliFailure.Usage($"{Address} has no table {schema}.{table}, or this user may not see it.");
        return new SqlTable(
            $"{Quote(schema)}.{Quote(table)}", columns.ToDictionary(column => column[0]!, column => long.TryParse(column[1], out var length) ? (long?)length : null, StringComparer.Ordinal),
            [.. columns.Where(column => column[2] == "true").Select(column => column[0]!)], null, columns.ToDictionary(column => column[0]!, column => column[3]!, StringComparer.Ordinal));
    }

    protected override CliFailure Explain(Exception fault)
    {
        var (code, line) = (fault as PostgresException)?.SqlState switch
        {
            PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
                (ExitCode.NotAllowed, $"{Address} does not let {Address.User} in. Check the user, and the password in PGPASSWORD."),
            PostgresErrorCodes.InsufficientPrivilege => (ExitCode.NotAllowed, $"{Address}: {Address.User} may not do this. SELECT and UPDATE on the table are needed."),
            PostgresErrorCodes.ReadOnlySqlTransaction => (ExitCode.NotAllowed, $"{Address} takes no changes (it is read-only). Name the primary."),
            PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected => (ExitCode.Unreachable, $"{Address}: the row is locked by somebody else."),
            PostgresErrorCodes.StringDataRightTruncation => (ExitCode.SomeRefused, $"{Address}: the new token is longer than its column."),
            { } state when !state.StartsWith("08", StringComparison.Ordinal) && !state.StartsWith("57P", StringComparison.Ordinal) =>
                (ExitCode.SomeRefused, $"{Address} refuses (SQLSTATE {state})."),
            _ => (ExitCode.Unreachable, $"Cannot reach the database {Address}: {(fault.InnerException ?? fault).Message.TrimEnd('.')}."),
        };
        return new CliFailure(code, line, fault);
    }
}
