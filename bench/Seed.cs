using Microsoft.Data.Sqlite;
using Npgsql;
using NpgsqlTypes;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Start;
using Patrol.Server.Storage;

namespace Patrol.Bench;

/// <summary>
/// Fills a server's database with tokens as a grown instance has them: a third end on one date, a tenth are revoked, some never
/// end. The texts of the first ones go into a file, so that they can be used.
/// </summary>
internal static class Seed
{
    private const int Users = 10_000;
    private const long Day = 86_400_000;
    private static readonly string[] Scopes = ["api", "read_api", "read_user read_repository", "read_repository write_repository", "read_registry", "self_rotate read_api"];
    private static readonly string[] Words = ["deploy", "backup", "ci", "renovate", "grafana", "terraform", "release", "mirror", "nightly", "laptop"];

    public static async Task Run(string file, int count, int used, string[] options)
    {
        await using var app = PatrolServer.Build(options, configure: null);
        await PatrolServer.Prepare(app);
        var secret = app.Services.GetRequiredService<ServerSecret>();
        var now = DateTimeOffset.FromUnixTimeMilliseconds(app.Services.GetRequiredService<TimeProvider>().GetUtcNow().ToUnixTimeMilliseconds());
        var database = app.Services.GetRequiredService<Database>();
        await database.Write(async scope =>
        {
            for (var id = 2; id <= Users; id++)
            {
                await scope.Execute(
                    """
                    INSERT INTO users (username, username_key, name, email, email_key, kind, admin, external, can_create_group, private_profile, state, created_at, updated_at)
                    VALUES (@name, @name, @name, @mail, @mail, 0, 0, 0, 1, 0, 'active', @at, @at)
                    """,
                    new { name = $"user{id}", mail = $"user{id}@example.com", at = now.ToUnixTimeMilliseconds() });
            }
        });
        await using var texts = new StreamWriter(file);
        var rows = Rows(count, used, now, secret, texts);
        if (database is PostgresDatabase)
            await Copy(rows, (NpgsqlConnection)await database.Open());
        else
            await Insert(rows, (SqliteConnection)await database.Open());
    }

    private static IEnumerable<Row> Rows(int count, int used, DateTimeOffset now, ServerSecret secret, StreamWriter texts)
    {
        var random = new Random(20261122);
        var today = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero).ToUnixTimeMilliseconds();
        var bytes = new byte[RoutableToken.RandomBytes];
        for (var i = 0; i < count; i++)
        {
            var inUse = i < used;
            var user = inUse ? 2 + i % (Users - 1) : 2 + random.Next(Users - 1);
            random.NextBytes(bytes);
            var text = RoutableToken.Create("glpat-", 1, user, bytes);
            if (inUse)
                texts.WriteLine(text.Reveal());
            var created = now.ToUnixTimeMilliseconds() - (long)(random.NextDouble() * 730 * Day);
            var share = random.NextDouble();
            long? expires = inUse || share < 0.3 ? today + 200 * Day : share < 0.35 ? null : today + random.Next(-365, 365) * Day;
            long? revoked = !inUse && random.NextDouble() < 0.1 ? created + Day : null;
            long? lastUsed = random.NextDouble() < 0.6 ? created + (long)(random.NextDouble() * (now.ToUnixTimeMilliseconds() - created)) : null;
            yield return new Row(
                user, $"{Words[random.Next(Words.Length)]}-{Words[random.Next(Words.Length)]}-{i}", Scopes[random.Next(inUse ? 2 : Scopes.Length)],
                secret.Digest(text.Reveal()).ToBytes(), created, expires, revoked, lastUsed);
        }
    }

    private static async Task Insert(IEnumerable<Row> rows, SqliteConnection connection)
    {
        await using var transaction = connection.BeginTransaction();
        await using var command = connection.CreateCommand();
        command.CommandText =
            """
            INSERT INTO tokens (dialect, kind, user_id, name, scopes, digest, given, created_at, updated_at, expires_at, revoked_at, last_used_at)
            VALUES (0, 0, $1, $2, $3, $4, 0, $5, $5, $6, $7, $8)
            """;
        var parameters = Enumerable.Range(1, 8).Select(i => command.Parameters.Add(new SqliteParameter($"${i}", null))).ToArray();
        foreach (var row in rows)
        {
            object?[] values = [row.UserId, row.Name, row.Scopes, row.Digest, row.CreatedAt, row.ExpiresAt, row.RevokedAt, row.LastUsedAt];
            for (var i = 0; i < values.Length; i++)
                parameters[i].Value = values[i] ?? DBNull.Value;
            command.ExecuteNonQuery();
        }
        transaction.Commit();
    }

    private static async Task Copy(IEnumerable<Row> rows, NpgsqlConnection connection)
    {
        await using (var writer = await connection.BeginBinaryImportAsync(
            "COPY tokens (dialect, kind, user_id, name, scopes, digest, given, created_at, updated_at, expires_at, revoked_at, last_used_at) FROM STDIN (FORMAT BINARY)"))
        {
            foreach (var row in rows)
            {
                await writer.StartRowAsync();
                object?[] values = [0L, 0L, row.UserId, row.Name, row.Scopes, row.Digest, 0L, row.CreatedAt, row.CreatedAt, row.ExpiresAt, row.RevokedAt, row.LastUsedAt];
                foreach (var value in values)
                {
                    await (value switch
                    {
                        null => writer.WriteNullAsync(),
                        long number => writer.WriteAsync(number, NpgsqlDbType.Bigint),
                        string text => writer.WriteAsync(text, NpgsqlDbType.Text),
                        _ => writer.WriteAsync((byte[])value, NpgsqlDbType.Bytea),
                    });
                }
            }
            await writer.CompleteAsync();
        }
        await using var analyze = new NpgsqlCommand("ANALYZE", connection);
        await analyze.ExecuteNonQueryAsync();
    }

    private sealed record Row(
        long UserId, string Name, string Scopes, byte[] Digest, long CreatedAt, long? ExpiresAt, long? RevokedAt, long? LastUsedAt);
}
