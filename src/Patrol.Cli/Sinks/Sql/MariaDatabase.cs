using System.Data.Common;
using MySqlConnector;
using Patrol.Cli.Failures;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sinks.Sql;

/// <summary>MariaDB and MySQL.</summary>
internal sealed class MariaDatabase(SqlAddress address, Secret? password) : SqlDatabase(address, password)
{
    // Enough for another transaction to end, short enough not to look dead.
    private const int LockSeconds = 5;

    public override string Quote(string name) => $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";

    // As bytes: the usual comparison takes 'x' and 'x  ' for the same, and many collations 'x' and 'X'.
    public override string Holds(string column, string parameter) => $"CAST(CONVERT({Quote(column)} USING utf8mb4) AS BINARY) <=> CAST(CONVERT({parameter} USING utf8mb4) AS BINARY)";

    public override string Indexed(string column, string parameter) => $"{Quote(column)} = {parameter} AND {Holds(column, parameter)}";

    public override async Task<List<Dictionary<string, string?>>> Rows(
        DbConnection open, DbTransaction? transaction, SqlTable table, string condition, IReadOnlyList<(string Name, object? Value)> parameters, CancellationToken cancellation)
    {
        await using var command = Command(open, transaction, $"SELECT * FROM {table.Name} WHERE {condition}{(transaction is null ? "" : " FOR UPDATE")}", parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<Dictionary<string, string?>>();
        while (await reader.ReadAsync(cancellation))
        {
            rows.Add(Enumerable.Range(0, reader.FieldCount).ToDictionary(reader.GetName, column => reader.IsDBNull(column) ? null
                : reader.GetValue(column) switch { byte[] bytes => Convert.ToHexString(bytes), DateTime time => time.ToString("O"), var value => Convert.ToString(value, null) }, StringComparer.Ordinal));
        }
        return rows;
    }

    protected override DbConnection Connect() => new MySqlConnection(new MySqlConnectionStringBuilder
    {
        Server = Address.Host,
        Port = (uint)Address.Port,
        UserID = Address.User,
        Password = Password ?? "",
        SslMode = Address.TlsMode is null ? MySqlSslMode.Preferred
            : Enum.TryParse<MySqlSslMode>(Address.TlsMode.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var mode) ? mode
            : throw CliFailure.Usage("sslmode is none of none, preferred, required, verify-ca, verify-full."),
        Pooling = false,
        ConnectionTimeout = 10,
        DefaultCommandTimeout = 30,
        AllowZeroDateTime = true,
        TreatTinyAsBoolean = false,
        ApplicationName = "patrol",
    }.ConnectionString);

    protected override async Task<string?> Prepare(DbConnection open, CancellationToken cancellation)
    {
        // The server's own mode may cut long texts silently, or read quotation marks otherwise; the lock in the server ends with the connection.
        await Query(open, $"SET SESSION sql_mode = 'STRICT_ALL_TABLES', innodb_lock_wait_timeout = {LockSeconds}, autocommit = 1", cancellation);
        if (await Query(open, "SELECT GET_LOCK(@name, 0)", cancellation, ("@name", LockName)) is [["1"]])
            return null;
        var holder = await Query(open, "SELECT IS_USED_LOCK(@name)", cancellation, ("@name", LockName));
        return $"connection {holder[0][0] ?? "unknown"} of the database server holds the lock";
    }

    protected override async Task<SqlTable> Describe(DbConnection open, string name, CancellationToken cancellation)
    {
        // In capitals as the server has them: with lower_case_table_names 1 ITA_DB is ita_db, with 0 only ITA_DB is there.
        var found = await Query(
            open, "SELECT TABLE_SCHEMA, TABLE_NAME, ENGINE FROM information_schema.TABLES WHERE LOWER(TABLE_SCHEMA) = LOWER(@schema) AND LOWER(TABLE_NAME) = LOWER(@name)",
            cancellation, ("@schema", Address.Database), ("@name", name));
        var exact = found.Find(row => row[0] == Address.Database && row[1] == name);
        if (found.Count > 1 && exact is null)
            throw CliFailure.Usage($"{Address} has several tables that are called {name} in different capitals: {string.Join(", ", found.Select(row => $"{row[0]}.{row[1]}"))}. Name the one that is meant.");
        var row = exact ?? found.FirstOrDefault() ?? throw CliFailure.Usage($"{Address} has no table {name}, or this user may not see it.");
        var columns = await Query(
            open, "SELECT COLUMN_NAME, CHARACTER_MAXIMUM_LENGTH, COLUMN_KEY, DATA_TYPE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = @schema AND TABLE_NAME = @name ORDER BY ORDINAL_POSITION",
            cancellation, ("@schema", row[0]), ("@name", row[1]));
        return new SqlTable(
            $"{Quote(row[0]!)}.{Quote(row[1]!)}", columns.ToDictionary(column => column[0]!, column => long.TryParse(column[1], out var length) ? (long?)length : null, StringComparer.Ordinal),
            [.. columns.Where(column => column[2] == "PRI").Select(column => column[0]!)],
            row[2] == "InnoDB" ? null : $"its engine is {row[2] ?? "none (a view)"}, which cannot take a change back",
            columns.ToDictionary(column => column[0]!, column => column[3]!, StringComparer.Ordinal));
    }

    protected override CliFailure Explain(Exception fault)
    {
        // Server messages may quote values, so only those about the connection are shown.
        var (code, line) = (fault as MySqlException)?.ErrorCode switch
        {
            MySqlErrorCode.AccessDenied => (ExitCode.NotAllowed, $"{Address} does not let {Address.User} in. Check the user, and the password in MYSQL_PWD."),
            MySqlErrorCode.DatabaseAccessDenied or MySqlErrorCode.TableAccessDenied or MySqlErrorCode.ColumnAccessDenied =>
                (ExitCode.NotAllowed, $"{Address}: {Address.User} may not do this. SELECT and UPDATE on the table are needed."),
            MySqlErrorCode.OptionPreventsStatement => (ExitCode.NotAllowed, $"{Address} takes no changes (it is read-only). Name the primary."),
            MySqlErrorCode.LockWaitTimeout or MySqlErrorCode.LockDeadlock => (ExitCode.Unreachable, $"{Address}: the row is locked by somebody else."),
            MySqlErrorCode.DataTooLong => (ExitCode.SomeRefused, $"{Address}: the new token is longer than its column."),
            { } known when (int)known is > 0 and not (int)MySqlErrorCode.UnableToConnectToHost => (ExitCode.SomeRefused, $"{Address} refuses (error {(int)known}, {known})."),
            _ => (ExitCode.Unreachable, $"Cannot reach the database {Address}: {Reason(fault)}."),
        };
        return new CliFailure(code, line, fault);
    }

    private static string Reason(Exception fault) =>
        fault is MySqlException { ErrorCode: MySqlErrorCode.UnableToConnectToHost, InnerException: { } inner } ? inner.Message.TrimEnd('.') : "the connection broke";
}
