using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Patrol.AspNetCore.InProcess;

/// <summary>PostgreSQL: what servers tell each other by NOTIFY. The line is asked every half second whether it is still there.</summary>
internal sealed class PostgresChanges(string scheme, SharedDatabase database, byte[] secret, RememberedTokens remembered, ILogger logger)
    : DatabaseChanges(scheme, database, secret, remembered, logger)
{
    private const string Channel = "patrol_changes";
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Good = TimeSpan.FromMilliseconds(1500);

    protected override void Listen(CancellationToken stopping)
    {
        var settings = new NpgsqlConnectionStringBuilder(Database.ConnectionString)
        {
            Pooling = false,
            Timeout = 2,
            CommandTimeout = 1,
            CancellationTimeout = -1,
            ApplicationName = "patrol-aspnetcore-listener",
        };
        using var connection = new NpgsqlConnection(settings.ConnectionString);
        connection.Notification += (_, notice) => Forget(notice.Payload);
        connection.Open();
        using (var listen = new NpgsqlCommand($"LISTEN {Channel}", connection))
            listen.ExecuteNonQuery();
        // Whatever happened while nobody listened.
        Memory.ForgetAll();
        using var ask = new NpgsqlCommand("SELECT 1", connection);
        while (!stopping.IsCancellationRequested)
        {
            var asked = Environment.TickCount64;
            ask.ExecuteScalar();
            Heard(asked, Good);
            while (Environment.TickCount64 - asked < Beat.TotalMilliseconds && !stopping.IsCancellationRequested)
                connection.Wait(Beat);
        }
    }

    // What cannot be read, such as another version's words, may mean anything.
    private void Forget(string text)
    {
        try
        {
            if (JsonSerializer.Deserialize(text, NoticeJson.Default.Notice) is { Everything: false, Settings: false } notice)
                Memory.Forget(notice.Tokens, notice.Users);
            else
                Memory.ForgetAll();
        }
        catch (JsonException)
        {
            Memory.ForgetAll();
        }
    }
}

/// <summary>What servers tell each other, as far as it matters here.</summary>
internal sealed record Notice(HashSet<long> Tokens, HashSet<long> Users, bool Settings, bool Everything);

[JsonSourceGenerationOptions(RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(Notice))]
internal sealed partial class NoticeJson : JsonSerializerContext;
