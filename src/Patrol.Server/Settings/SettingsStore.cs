using System.Text.Json;
using Patrol.Server.Storage;

namespace Patrol.Server.Settings;

/// <summary>
/// Owns the instance's settings: one row, kept in memory, read again when this or another server changes it.
/// </summary>
public sealed class SettingsStore(Database database) : IChangeListener
{
    private const string Select = "SELECT body FROM settings WHERE id = 1";
    private InstanceSettings current = new();

    /// <summary>The settings in force.</summary>
    public InstanceSettings Current => Volatile.Read(ref current);

    /// <summary>Reads the settings from the database.</summary>
    public async Task Load()
    {
        var body = await database.Read(connection => Dapper.SqlMapper.ExecuteScalarAsync<string>(connection, Select));
        Volatile.Write(ref current, Parse(body));
    }

    /// <summary>Changes the settings as part of a transaction.</summary>
    public async Task<InstanceSettings> Change(WriteScope scope, Func<InstanceSettings, InstanceSettings> change)
    {
        var changed = change(Parse(await scope.First<string>(Select)));
        var body = JsonSerializer.Serialize(changed, SettingsJson.Default.InstanceSettings);
        await scope.Execute(
            "INSERT INTO settings (id, body) VALUES (1, @body) ON CONFLICT (id) DO UPDATE SET body = excluded.body", new { body });
        scope.Changes.Settings = true;
        return changed;
    }

    public Task Apply(Changes changes) => changes.Settings || changes.Everything ? Load() : Task.CompletedTask;

    private static InstanceSettings Parse(string? body) =>
        body is null ? new() : JsonSerializer.Deserialize(body, SettingsJson.Default.InstanceSettings)!;
}
