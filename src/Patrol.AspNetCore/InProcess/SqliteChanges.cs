using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Patrol.AspNetCore.InProcess;

/// <summary>
/// SQLite: whether anybody has written to the file, asked twenty times a second, which costs microseconds. What was written is not told,
/// so everything is forgotten.
/// </summary>
internal sealed class SqliteChanges(string scheme, SharedDatabase database, byte[] secret, RememberedTokens remembered, ILogger logger)
    : DatabaseChanges(scheme, database, secret, remembered, logger)
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Good = TimeSpan.FromMilliseconds(500);

    protected override void Listen(CancellationToken stopping)
    {
        // Of its own: the number compares with what the same connection has seen before.
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder(Database.ConnectionString) { Pooling = false }.ToString());
        connection.Open();
        using var ask = connection.CreateCommand();
        ask.CommandText = "PRAGMA data_version";
        object? known = null;
        do
        {
            var asked = Environment.TickCount64;
            var version = ask.ExecuteScalar();
            if (!Equals(version, known))
                Memory.ForgetAll();
            known = version;
            Heard(asked, Good);
        }
        while (!stopping.WaitHandle.WaitOne(Beat));
    }
}
