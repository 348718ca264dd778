using Npgsql;

namespace Patrol.Cli.Sources.GitLabDatabase;

/// <summary>Which database it is: a copy elsewhere, such as a test system, may have the same name.</summary>
/// <param name="Database">Its name.</param>
/// <param name="Host">The server as it was named; the same one may have several names.</param>
/// <param name="Cluster">The number that PostgreSQL gave its data when it was set up, which standbys share, and the database's in there.</param>
internal sealed record DatabaseIdentity(string Database, string Host, string Cluster)
{
    public static async Task<DatabaseIdentity> Of(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(
            "SELECT system_identifier || '/' || (SELECT oid FROM pg_database WHERE datname = current_database()) FROM pg_control_system()", connection);
        return new DatabaseIdentity(connection.Database, connection.Host!, (string)(await command.ExecuteScalarAsync())!);
    }
}
