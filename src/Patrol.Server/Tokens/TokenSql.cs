using System.Data.Common;
using Dapper;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Storage;

namespace Patrol.Server.Tokens;

/// <summary>
/// The tokens' table. It owns how tokens are read and written; what may be done with them is decided by the use cases beside it.
/// </summary>
internal static class TokenSql
{
    private const string Select = """
        SELECT t.id, t.dialect, t.kind, t.user_id, t.name, t.description, t.scopes, t.created_at, t.updated_at, t.expires_at, t.revoked_at,
               t.last_used_at, t.previous_id, u.bot_resource_kind, u.bot_resource_id, m.access_level
        FROM tokens t
        JOIN users u ON u.id = t.user_id
        LEFT JOIN members m ON m.user_id = u.id AND m.resource_kind = u.bot_resource_kind AND m.resource_id = u.bot_resource_id
        """;

    /// <summary>The token, or null.</summary>
    public static async Task<Token?> Find(DbConnection connection, long id) => (await Load(connection, [id])).SingleOrDefault();

    /// <inheritdoc cref="Find(DbConnection, long)"/>
    public static async Task<Token?> Find(WriteScope scope, long id)
    {
        var row = await scope.First<TokenRow>($"{Select} WHERE t.id = @id", new { id });
        return row is null ? null : ToToken(row, [.. await scope.Query<string>(
            "SELECT ip FROM token_ips WHERE token_id = @id ORDER BY seen_at DESC", new { id })]);
    }

    /// <summary>The tokens that there are among these ids, in the order of the ids.</summary>
    public static async Task<List<Token>> Load(DbConnection connection, IReadOnlyList<long> ids)
    {
        if (ids.Count == 0)
            return [];
        var rows = new Dictionary<long, TokenRow>();
        var ips = new List<(long TokenId, string Ip)>();
        foreach (var part in ids.Chunk(IdList.Longest))
        {
            var (list, parameters) = IdList.Of(part);
            foreach (var row in await connection.QueryAsync<TokenRow>($"{Select} WHERE t.id IN {list}", parameters))
                rows[row.Id] = row;
            ips.AddRange(await connection.QueryAsync<(long TokenId, string Ip)>(
                $"SELECT token_id, ip FROM token_ips WHERE token_id IN {list} ORDER BY seen_at DESC", parameters));
        }
        var ipsOf = ips.ToLookup(row => row.TokenId, row => row.Ip);
        return [.. ids.Where(rows.ContainsKey).Select(id => ToToken(rows[id], [.. ipsOf[id]]))];
    }

    /// <summary>The id of the token whose text has this digest, or null.</summary>
    public static async Task<long?> FindByDigest(DbConnection connection, TokenDigest digest) =>
        await connection.ExecuteScalarAsync<long?>("SELECT id FROM tokens WHERE digest = @digest", new { digest = digest.ToBytes() });

    /// <summary>Stores a new token.</summary>
    public static async Task<Token> Insert(WriteScope scope, Token token, TokenDigest digest, bool given)
    {
        var id = await scope.Scalar<long>(
            """
            INSERT INTO tokens (dialect, kind, user_id, name, description, scopes, digest, given, created_at, updated_at, expires_at, previous_id)
            VALUES (@Dialect, @Kind, @UserId, @Name, @Description, @Scopes, @Digest, @Given, @CreatedAt, @CreatedAt, @ExpiresAt, @PreviousId)
            RETURNING id
            """,
            new
            {
                Dialect = (long)token.Dialect,
                Kind = (long)token.Kind,
                token.UserId,
                token.Name,
                token.Description,
                Scopes = token.Scopes.ToString(),
                Digest = digest.ToBytes(),
                Given = given ? 1L : 0L,
                CreatedAt = token.CreatedAt.ToUnixTimeMilliseconds(),
                ExpiresAt = token.ExpiresAt?.ToUnixTimeMilliseconds(),
                token.PreviousId,
            });
        scope.Changes.Tokens.Add(id);
        if (given)
            scope.Changes.Given.Add(digest.A);
        return token with { Id = id };
    }

    /// <summary>Revokes the token unless it is revoked already; true if this call did it.</summary>
    public static async Task<bool> Revoke(WriteScope scope, long id, DateTimeOffset now)
    {
        var touched = await scope.Execute(
            "UPDATE tokens SET revoked_at = @now, updated_at = @now WHERE id = @id AND revoked_at IS NULL",
            new { id, now = now.ToUnixTimeMilliseconds() });
        scope.Changes.Tokens.Add(id);
        return touched == 1;
    }

    /// <summary>Writes down a token's use.</summary>
    /// <param name="scope">The transaction.</param>
    /// <param name="id">The token.</param>
    /// <param name="usedAt">When it was used (Unix ms), or null if only addresses are new.</param>
    /// <param name="addresses">New addresses; the newest <see cref="LastUseRules.MostAddresses"/> are kept.</param>
    public static async Task RecordUse(WriteScope scope, long id, long? usedAt, IReadOnlyCollection<(string Ip, long SeenAt)> addresses)
    {
        scope.Changes.Uses.Add(id);
        if (usedAt is not null)
            await scope.Execute("UPDATE tokens SET last_used_at = @usedAt WHERE id = @id AND (last_used_at IS NULL OR last_used_at < @usedAt)", new { id, usedAt });
        foreach (var (ip, seenAt) in addresses)
        {
            await scope.Execute(
                """
                INSERT INTO token_ips (token_id, ip, seen_at) SELECT id, @ip, @seenAt FROM tokens WHERE id = @id
                ON CONFLICT (token_id, ip) DO NOTHING
                """,
                new { id, ip, seenAt });
        }
        if (addresses.Count > 0)
        {
            await scope.Execute(
                """
                DELETE FROM token_ips WHERE token_id = @id AND ip NOT IN
                    (SELECT ip FROM token_ips WHERE token_id = @id ORDER BY seen_at DESC LIMIT @most)
                """,
                new { id, most = LastUseRules.MostAddresses });
        }
    }

    private static Token ToToken(TokenRow row, string[] ips) => new()
    {
        Id = row.Id,
        Dialect = (TokenDialect)row.Dialect,
        Kind = (TokenKind)row.Kind,
        UserId = row.UserId,
        Name = row.Name,
        Description = row.Description,
        Scopes = ScopeSet.FromStored(row.Scopes),
        CreatedAt = Instant(row.CreatedAt)!.Value,
        UpdatedAt = Instant(row.UpdatedAt)!.Value,
        ExpiresAt = Instant(row.ExpiresAt),
        RevokedAt = Instant(row.RevokedAt),
        LastUsedAt = Instant(row.LastUsedAt),
        LastUsedIps = ips,
        PreviousId = row.PreviousId,
        Bot = row.BotResourceId is { } resource ? new BotPlace(row.BotResourceKind == 1, resource, row.AccessLevel) : null,
    };

    private static DateTimeOffset? Instant(long? milliseconds) =>
        milliseconds is { } value ? DateTimeOffset.FromUnixTimeMilliseconds(value) : null;

    private sealed record TokenRow
    {
        public long Id { get; init; }
        public long Dialect { get; init; }
        public long Kind { get; init; }
        public long UserId { get; init; }
        public string Name { get; init; } = "";
        public string? Description { get; init; }
        public string Scopes { get; init; } = "";
        public long CreatedAt { get; init; }
        public long UpdatedAt { get; init; }
        public long? ExpiresAt { get; init; }
        public long? RevokedAt { get; init; }
        public long? LastUsedAt { get; init; }
        public long? PreviousId { get; init; }
        public long? BotResourceKind { get; init; }
        public long? BotResourceId { get; init; }
        public long? AccessLevel { get; init; }
    }
}
