using Patrol.Cli.Failures;

namespace Patrol.Cli.Sinks.Sql;

/// <summary>Where a database is: <c>mysql://user@host:port/database</c>, or <c>mariadb://</c>, or <c>postgres://</c>. Never its password.</summary>
internal sealed record SqlAddress(bool IsPostgres, string User, string Host, int Port, string Database, string? TlsMode)
{
    private const int MySqlPort = 3306, PostgresPort = 5432;

    /// <summary>What messages and locks call it.</summary>
    public override string ToString() => $"{(IsPostgres ? "postgres" : "mysql")}://{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}/{Database}";

    /// <summary>Reads an address.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="name">What it was written to, for messages.</param>
    /// <exception cref="CliFailure">It is none, or holds a password.</exception>
    public static SqlAddress Read(string text, string name)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("mysql" or "mariadb" or "postgres" or "postgresql") || address.AbsolutePath.Length < 2 || address.Host.Length == 0)
            throw CliFailure.Usage($"{name}: not an address of a database; write mysql://user@host:port/database or postgres://user@host:port/database.");
        var user = address.UserInfo.Split(':', 2);
        if (user.Length > 1)
            throw CliFailure.Usage($"{name} holds a password, where others can read it: put it into MYSQL_PWD or PGPASSWORD, and change it.");
        if (user[0].Length == 0)
            throw CliFailure.Usage($"{name} names no user: write mysql://user@host:port/database.");
        var isPostgres = address.Scheme.StartsWith("postgres", StringComparison.Ordinal);
        var options = address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToList();
        if (options.Find(option => option is not ["ssl-mode" or "sslmode", _]) is { } unknown)
            throw CliFailure.Usage($"{name}: there is no option '{unknown[0]}', only sslmode.");
        return new SqlAddress(
            isPostgres, Uri.UnescapeDataString(user[0]), address.Host.Trim('[', ']'), address.Port > 0 ? address.Port : isPostgres ? PostgresPort : MySqlPort,
            Uri.UnescapeDataString(address.AbsolutePath[1..]), options.Count > 0 ? options[0][1] : null);
    }
}
