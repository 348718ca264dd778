using System.Globalization;
using System.Runtime.CompilerServices;
using Npgsql;

namespace Patrol.Cli.Sources.GitLabDatabase;

/// <summary>Reads tokens with their owners and resources, as they come from the server.</summary>
internal static class TokenReading
{
    public static async IAsyncEnumerable<FoundToken> Find(
        NpgsqlConnection connection, Schema schema, TokenFilter filter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var sql = new FilterSql(schema, filter);
        var command = new NpgsqlBatchCommand(
            $"""
            SELECT pat.id::bigint, pat.name, pat.scopes, pat.revoked, {CalendarRange.Day("pat.expires_at")},
                {CalendarRange.Instant("pat.created_at")}, {CalendarRange.Instant("pat.last_used_at")}, pat.impersonation, u.username, u.email, u.user_type::int, u.state, {FilterSql.Resource(schema)}
            FROM {FilterSql.FromWithOwners} WHERE {sql.Where} ORDER BY pat.id
            """);
        sql.AddTo(command.Parameters);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var batch = Counting.Unhurried(transaction, [command]);
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            yield return Read(reader);
    }

    /// <summary>What keeps a bot's token from working though it is good itself: before 17.9 a membership ended with the token's first date.</summary>
    public static async Task<IReadOnlyList<string>> Obstacles(NpgsqlConnection connection, FoundToken token, DateOnly today, CancellationToken cancellation)
    {
        if (token.Sort is not (TokenSort.Project or TokenSort.Group))
            return [];
        await using var command = new NpgsqlCommand(
            $"""
            SELECT count(*), count(*) FILTER (WHERE m.expires_at IS NULL OR m.expires_at > '{today:yyyy-MM-dd}'), to_char(max({CalendarRange.Day("m.expires_at")}), 'YYYY-MM-DD')
            FROM members m JOIN {Schema.Tokens} pat ON pat.user_id = m.user_id WHERE pat.id = {token.Id}
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return reader.GetInt64(0) == 0 ? ["its bot is a member of no project and no group"]
            : reader.GetInt64(1) == 0 ? [$"its bot's membership ended on {reader.GetString(2)}"]
            : [];
    }

    /// <summary>The same of a bot's token that is to be made, as a sentence, and what will end it before its own day; null if nothing will.</summary>
    public static async Task<string?> ObstacleOfNew(NpgsqlConnection connection, Owner bot, DateOnly? expiresOn, DateOnly today, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            $"SELECT count(*), count(*) FILTER (WHERE m.expires_at IS NULL), max({CalendarRange.Day("m.expires_at")}) FROM members m WHERE m.user_id = {bot.Id}", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        if (reader.GetInt64(0) == 0)
            return $"It will not work while {bot.Username} is a member of no project and no group.";
        if (reader.GetInt64(1) > 0)
            return null;
        var last = reader.GetFieldValue<DateOnly>(2);
        return last <= today ? $"It will not work: {bot.Username}'s membership ended on {last:yyyy-MM-dd}."
            : expiresOn is null || expiresOn > last ? $"It will stop working on {last:yyyy-MM-dd} already, when {bot.Username}'s membership ends."
            : null;
    }

    private static FoundToken Read(NpgsqlDataReader reader)
    {
        var impersonation = reader.GetBoolean(7);
        var userType = reader.IsDBNull(10) ? 0 : reader.GetInt32(10);
        var resource = reader.IsDBNull(12) ? null : Resource(reader.GetFieldValue<string?[]>(12));
        return new FoundToken
        {
            Id = reader.GetInt64(0),
            Name = reader.GetString(1),
            Scopes = ScopeText.Read(reader.GetString(2)),
            Revoked = !reader.IsDBNull(3) && reader.GetBoolean(3),
            ExpiresAt = reader.IsDBNull(4) ? null : reader.GetFieldValue<DateOnly>(4),
            CreatedAt = Instant(reader, 5),
            LastUsedAt = reader.IsDBNull(6) ? null : Instant(reader, 6),
            Impersonation = impersonation,
            Owner = reader.IsDBNull(8) ? "" : reader.GetString(8),
            Email = reader.GetString(9),
            OwnerState = reader.IsDBNull(11) ? null : reader.GetString(11),
            Resource = resource,
            Sort = userType switch
            {
                FilterSql.ProjectBot => resource?.IsGroup == true ? TokenSort.Group : TokenSort.Project,
                FilterSql.ServiceAccount => TokenSort.ServiceAccount,
                _ => impersonation ? TokenSort.Impersonation : TokenSort.Personal,
            },
        };
    }

    private static DateTimeOffset Instant(NpgsqlDataReader reader, int column) => new(DateTime.SpecifyKind(reader.GetDateTime(column), DateTimeKind.Utc));

    private static FoundResource Resource(string?[] parts) => new(parts[0] == "Namespace", long.Parse(parts[1]!, CultureInfo.InvariantCulture), parts[2]);
}
