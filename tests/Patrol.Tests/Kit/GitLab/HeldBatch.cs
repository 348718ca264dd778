using Npgsql;

namespace Patrol.Tests.Kit.GitLab;

/// <summary>
/// Stops a change in its second batch, for as long as this exists: a token of that batch can only be updated by whoever gets a lock
/// that this holds. The first batch of 1,000 goes through before.
/// </summary>
internal sealed class HeldBatch : IAsyncDisposable
{
    /// <summary>In the second batch of what ends in <see cref="Rows.BulkEndsIn"/> days.</summary>
    public const long Token = Rows.BulkLast - 10;

    private const int Key = 4711;

    private readonly NpgsqlConnection connection;
    private readonly GitLabDatabase database;

    private HeldBatch(NpgsqlConnection connection, GitLabDatabase database) => (this.connection, this.database) = (connection, database);

    public static async Task<HeldBatch> In(GitLabDatabase database, bool atCommit = false)
    {
        await database.Execute(
            $"""
            CREATE OR REPLACE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared({Key}); RETURN NEW; END $$;
            CREATE {(atCommit ? "CONSTRAINT TRIGGER held AFTER UPDATE ON personal_access_tokens DEFERRABLE INITIALLY DEFERRED" : "TRIGGER held BEFORE UPDATE ON personal_access_tokens")}
            FOR EACH ROW WHEN (NEW.id = {Token}) EXECUTE FUNCTION hold();
            """);
        var connection = new NpgsqlConnection(database.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"SELECT pg_advisory_lock({Key})", connection);
        await command.ExecuteNonQueryAsync();
        return new HeldBatch(connection, database);
    }

    /// <summary>Waits until the change has come to the token.</summary>
    public Task Reached() => Eventually.True(
        async () => (await database.Column($"SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = {Key} AND NOT granted")).Count > 0, "the change waits");

    /// <summary>Ends the change's connection, as a server that goes away does.</summary>
    public async Task Disconnect() =>
        Assert.NotEmpty(await database.Column($"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = {Key} AND NOT granted"));

    /// <summary>Lets changes through.</summary>
    public async ValueTask DisposeAsync()
    {
        await connection.DisposeAsync();
        await database.Execute("DROP TRIGGER IF EXISTS held ON personal_access_tokens");
    }
}
