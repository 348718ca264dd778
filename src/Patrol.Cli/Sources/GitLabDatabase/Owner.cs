using Npgsql;
using NpgsqlTypes;

namespace Patrol.Cli.Sources.GitLabDatabase;

/// <summary>A user as one who owns tokens.</summary>
internal sealed record Owner(long Id, string Username, string State, int UserType, bool IsAdministrator, long Organization)
{
    public bool IsBot => UserType == FilterSql.ProjectBot;

    /// <summary>The user with that name, in whatever case, or else with that id; null if there is none.</summary>
    public static Task<Owner?> Find(NpgsqlConnection connection, Schema schema, string nameOrId, CancellationToken cancellation) => First(
        connection, schema, "lower(u.username) = lower($1) OR u.id::text = $1 ORDER BY lower(u.username) = lower($1) DESC NULLS LAST",
        new() { Value = nameOrId, NpgsqlDbType = NpgsqlDbType.Text }, cancellation);

    /// <summary>The user with that id; a name would not do, which some have not.</summary>
    public static Task<Owner?> WithId(NpgsqlConnection connection, Schema schema, long id, CancellationToken cancellation) =>
        First(connection, schema, "u.id = $1", new() { Value = id }, cancellation);

    /// <summary>Whose a token is.</summary>
    public static Task<Owner?> OfToken(NpgsqlConnection connection, Schema schema, long token, CancellationToken cancellation) =>
        First(connection, schema, $"u.id = (SELECT p.user_id FROM {Schema.Tokens} p WHERE p.id = $1)", new() { Value = token }, cancellation);

    private static async Task<Owner?> First(NpgsqlConnection connection, Schema schema, string where, NpgsqlParameter parameter, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            $"""
            SELECT u.id::bigint, COALESCE(u.username, ''), COALESCE(u.state, ''), COALESCE(u.user_type, 0)::int, {(schema.Has("users.admin") ? "u.admin" : "FALSE")}, {Organizations(schema)}::bigint
            FROM users u WHERE {where} LIMIT 1
            """, connection);
        command.Parameters.Add(parameter);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation)
            ? new Owner(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3), reader.GetBoolean(4), reader.GetInt64(5))
            : null;
    }

    // Users came late to know their organization; before, their own namespace or an older token tells, and the first is the default.
    private static string Organizations(Schema schema)
    {
        var known = new List<string>();
        if (schema.Has("users.organization_id"))
            known.Add("u.organization_id");
        if (schema.TokenHas("organization_id"))
            known.Add($"(SELECT p.organization_id FROM {Schema.Tokens} p WHERE p.user_id = u.id ORDER BY p.id DESC LIMIT 1)");
        if (schema.Has("namespaces.organization_id"))
            known.Add("(SELECT n.organization_id FROM namespaces n WHERE n.owner_id = u.id AND n.type = 'User' ORDER BY n.id LIMIT 1)");
        return $"COALESCE({string.Join(", ", [.. known, "1"])})";
    }
}
