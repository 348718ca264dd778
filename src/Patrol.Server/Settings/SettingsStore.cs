using System.Text.Json;
using Patrol.Server.Storage;

namespace Patrol.Server.Settings;

/// <summary>
/// Owns the instance's settings: one row, kept in memory, read again when this or another server changes it.
/// </summary>
public sealed class SettingsStore(Database database, AtlassianProperties atStart, WarningDays warningDays) : IChangeListener
{
    private const string Select = "SELECT body FROM settings WHERE id = 1";

    private readonly Lock applying = new();
    private InstanceSettings current = new InstanceSettings().Upon(atStart, warningDays);
    private long readings;
    private long applied;

    /// <summary>The settings in force.</summary>
    public InstanceSettings Current => Volatile.Read(ref current);

    /// <summary>Reads the settings from the database.</summary>
    public async Task Load()
    {
        var reading = Interlocked.Increment(ref readings);
        var body = await database.Read(connection => Dapper.SqlMapper.ExecuteScalarAsync<string>(connection, Select));
        lock (applying)
        {
            // A reading that began earlier and ended later knows less.
            if (reading < applied)
                return;
            applied = reading;
            Volatile.Write(ref current, Parse(body));
        }
    }

    /// <summary>Changes the settings as part of a transaction.</summary>
    public async Task<InstanceSettings> Change(WriteScope scope, Func<InstanceSettings, InstanceSettings> change)
    {
        // Held from the reading on, so that of two changes at the same moment the second one builds on the first.
        await scope.Execute("INSERT INTO settings (id, body) VALUES (1, '{}') ON CONFLICT (id) DO NOTHING");
        var changed = change(Parse(await scope.First<string>("UPDATE settings SET body = body WHERE id = 1 RETURNING body"))).Upon(atStart, warningDays);
        var body = JsonSerializer.Serialize(changed);
        await scope.Execute("UPDATE settings SET body = @body WHERE id = 1", new { body });
        scope.Changes.Settings = true;
        return changed;
    }

    public Task Apply(Changes changes) => changes.Settings || changes.Everything ? Load() : Task.CompletedTask;

    // By reflection, which leaves a setting at its default that the stored text, being older, does not name. The generated reader
    // would make it null or false.
    private InstanceSettings Parse(string? body) => (body is null ? new() : JsonSerializer.Deserialize<InstanceSettings>(body)!).Upon(atStart, warningDays);
}
