using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;
using Patrol.Cli.Failures;

namespace Patrol.Cli.Sources.GitLabDatabase;

/// <summary>What PostgreSQL's errors mean to an administrator, and what to do about them.</summary>
internal static class DatabaseFaults
{
    /// <summary>Null if it is not the database's.</summary>
    public static CliFailure? Explain(Exception fault) => fault switch
    {
        PostgresException known => Explain(known),
        NpgsqlException { InnerException: PostgresException known } => Explain(known),
        NpgsqlException when fault.Message.Contains("No password", StringComparison.Ordinal) =>
            new CliFailure(ExitCode.NotAllowed, "The database asks for a password: set PGPASSWORD or write it into ~/.pgpass.", fault),
        NpgsqlException or SocketException or TimeoutException =>
            new CliFailure(ExitCode.Unreachable, $"The database does not answer: {Reason(fault)}. What was not yet done was not begun; run the same command again.", fault),
        _ => null,
    };

    /// <summary>The same while connecting, with the address.</summary>
    public static CliFailure ExplainConnecting(Exception fault, NpgsqlConnectionStringBuilder address) =>
        Explain(fault) is { Code: not ExitCode.Unreachable } failure ? failure
        : Reason(fault) is var why && why.Contains("GSS", StringComparison.Ordinal)
            ? new CliFailure(ExitCode.NotAllowed, $"No Kerberos encryption with the database at {At(address)}, which gssencmode demands: {why}. Is there a ticket (klist), and does the server offer it?", fault)
        : new CliFailure(ExitCode.Unreachable, $"Cannot reach the database at {At(address)}: {why}.", fault);

    private static string At(NpgsqlConnectionStringBuilder address) =>
        address.Host![0] == '/' || address.Host.Contains(',', StringComparison.Ordinal) ? address.Host : $"{address.Host}:{address.Port}";

    /// <summary>Another transaction was in the way, or there was too much to do in the time allowed: the same again, or less of it, may well succeed.</summary>
    public static bool IsPassing(Exception fault) => fault is PostgresException
    {
        SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.SerializationFailure or
            PostgresErrorCodes.QueryCanceled,
    };

    private static CliFailure Explain(PostgresException fault)
    {
        var (code, line) = fault.SqlState switch
        {
            PostgresErrorCodes.InvalidPassword => (ExitCode.NotAllowed, $"The database does not let this user in: {fault.MessageText}. Check the user name, and PGPASSWORD or ~/.pgpass."),
            PostgresErrorCodes.InvalidAuthorizationSpecification => (ExitCode.NotAllowed, $"The database does not let this user in: {fault.MessageText}."),
            PostgresErrorCodes.InsufficientPrivilege =>
                (ExitCode.NotAllowed, $"The database user may not do this: {fault.MessageText}. Reading needs SELECT on GitLab's tables; changes need UPDATE on personal_access_tokens and members, and INSERT, with USAGE on the sequence of its ids, to create tokens."),
            PostgresErrorCodes.ReadOnlySqlTransaction => (ExitCode.NotAllowed, $"The database takes no changes: {fault.MessageText}. Is it a replica? Name the primary."),
            PostgresErrorCodes.InvalidCatalogName => (ExitCode.WrongUsage, $"There is no such database: {fault.MessageText}."),
            PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn => (ExitCode.WrongUsage, $"Not a GitLab database that patrol knows: {fault.MessageText}."),
            PostgresErrorCodes.QueryCanceled =>
                (ExitCode.SomeRefused, $"The database cut the statement short: {fault.MessageText}. Give it more time with PGOPTIONS='-c statement_timeout=0', or narrow the filters."),
            PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.SerializationFailure =>
                (ExitCode.SomeRefused, $"Other work on the same rows was in the way, several times: {fault.MessageText}. Run the same command again."),
            PostgresErrorCodes.DiskFull => (ExitCode.SomeRefused, $"The database's disk is full: {fault.MessageText}."),
            _ when fault.SqlState.StartsWith("08", StringComparison.Ordinal) || fault.SqlState.StartsWith("57P", StringComparison.Ordinal) || fault.SqlState.StartsWith("53", StringComparison.Ordinal) =>
                (ExitCode.Unreachable, $"The database is not available: {fault.MessageText}. What was not yet done was not begun; run the same command again."),
            _ => (ExitCode.SomeRefused, $"The database refuses: {fault.MessageText} ({fault.SqlState})."),
        };
        return new CliFailure(code, line, fault);
    }

    private static string Reason(Exception fault)
    {
        while (fault is NpgsqlException { InnerException: { } inner } and not PostgresException)
            fault = inner;
        return fault switch
        {
            SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "connection refused",
            AuthenticationException => "its certificate does not pass the check that sslmode demands (sslrootcert names the authority)",
            PostgresException known => known.MessageText,
            // Of several hosts each has its own.
            AggregateException several => string.Join("; ", several.InnerExceptions.Select(Reason).Distinct()),
            NpgsqlException when fault.Message.StartsWith("No suitable host", StringComparison.Ordinal) => "no server there is what target_session_attrs asks for",
            _ => fault.Message.TrimEnd('.'),
        };
    }
}
