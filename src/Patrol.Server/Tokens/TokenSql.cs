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
    // Who made the text, or rather its digest: the column given.
    private const long Made = 0, Given = 1, Foreign = 2;

    // The owner is asked for token by token: joined, PostgreSQL would read all users for each page.
    private const string Select = """
        SELECT t.id, t.dialect, t.kind, t.user_id, t.name, t.description, t.scopes, t.created_at, t.updated_at, t.expires_at, t.revoked_at,
               t.last_used_at, t.previous_id,
               (SELECT r.at FROM retirements r WHERE r.token_id = t.id) AS retires_at,
               (SELECT u.admin FROM users u WHERE u.id = t.user_id) AS owner_is_admin,
               (SELECT u.bot_resource_kind FROM users u WHERE u.id = t.user_id) AS bot_resource_kind,
               (SELECT u.bot_resource_id FROM users u WHERE u.id = t.user_id) AS bot_resource_id,
               (SELECT m.access_level FROM users u JOIN members m
                   ON m.user_id = u.id AND m.resource_kind = u.bot_resource_kind AND m.resource_id = u.bot_resource_id
                WHERE u.id = t.user_id) AS access_level
        FROM tokens t
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

    /// <summary>The tokens whose digest another system made and that lies there, from the first up to but without the end.</summary>
    public static async Task<List<(long Id, byte[] Digest)>> FindForeign(DbConnection connection, byte[] first, byte[] end) =>
        (await connection.QueryAsync<(long Id, byte[] Digest)>("SELECT id, digest FROM tokens WHERE digest >= @first AND digest < @end ORDER BY id", new { first, end })).AsList();

    /// <summary>Puts our digest in the place of another system's; true if this call did it.</summary>
    public static async Task<bool> Adopt(WriteScope scope, long id, byte[] foreign, TokenDigest ours)
    {
        scope.Changes.Tokens.Add(id);
        scope.Changes.Given.Add(ours.A);
        return await scope.Execute("UPDATE tokens SET digest = @digest, given = 1 WHERE id = @id AND digest = @foreign", new { id, foreign, digest = ours.ToBytes() }) == 1;
    }

    /// <summary>Stores a new token.</summary>
    public static async Task<Token> Insert(WriteScope scope, Token token, TokenDigest digest, bool given)
    {
        var stored = await Insert(scope, token, digest.ToBytes(), given ? Given : Made);
        if (given)
            scope.Changes.Given.Add(digest.A);
        return stored;
    }

    /// <summary>Stores a token with the digest that another system made of its text.</summary>
    public static Task<Token> InsertForeign(WriteScope scope, Token token, ForeignDigest digest) => Insert(scope, token, digest.ToBytes(), Foreign);

    private static async Task<Token> Insert(WriteScope scope, Token token, byte[] digest, long given)
    {
        var id = await scope.Scalar<long>(
            """
            INSERT INTO tokens (dialect, kind, user_id, name, description, scopes, digest, given, created_at, updated_at, expires_at, revoked_at, last_used_at, previous_id)
            VALUES (@Dialect, @Kind, @UserId, @Name, @Description, @Scopes, @digest, @given, @CreatedAt, @UpdatedAt, @ExpiresAt, @RevokedAt, @LastUsedAt, @PreviousId)
            RETURNING id
            """,
            new
            {
                Dialect = (long)token.Dialect,
                Kind = (long)token.Kind,
                token.UserId,
                token.Name,
                token.Description,
                Scopes = StoredScopes(token),
                digest,
                given,
                CreatedAt = token.CreatedAt.ToUnixTimeMilliseconds(),
                UpdatedAt = token.UpdatedAt.ToUnixTimeMilliseconds(),
                ExpiresAt = token.ExpiresAt?.ToUnixTimeMilliseconds(),
                RevokedAt = token.RevokedAt?.ToUnixTimeMilliseconds(),
                LastUsedAt = token.LastUsedAt?.ToUnixTimeMilliseconds(),
                token.PreviousId,
            });
        scope.Changes.Tokens.Add(id);
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

    /// <summary>Revokes those of a dialect's tokens that are not revoked already; answers which this call did, with their names.</summary>
    public static async Task<Dictionary<long, string>> RevokeAll(WriteScope scope, TokenDialect dialect, IReadOnlyCollection<long> ids, DateTimeOffset now)
    {
        var revoked = new Dictionary<long, string>();
        // In order of id, so that two who revoke the same tokens never wait for each other in a circle.
        foreach (var part in ids.Order().Chunk(IdList.Longest))
        {
            foreach (var (id, name) in await scope.Query<(long Id, string Name)>(
                $"""
                UPDATE tokens SET revoked_at = @now, updated_at = @now
                WHERE dialect = @dialect AND revoked_at IS NULL AND id IN ({string.Join(',', part)}) RETURNING id, name
                """,
                new { now = now.ToUnixTimeMilliseconds(), dialect = (long)dialect }))
                revoked.Add(id, name);
        }
        scope.Changes.Tokens.UnionWith(revoked.Keys);
        return revoked;
    }

    /// <summary>How many tokens of a dialect a user has that are neither revoked nor expired.</summary>
    public static Task<long> CountLiving(WriteScope scope, long userId, TokenDialect dialect, DateTimeOffset now) => scope.Scalar<long>(
        "SELECT count(*) FROM tokens WHERE user_id = @userId AND dialect = @dialect AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > @now)",
        new { userId, dialect = (long)dialect, now = now.ToUnixTimeMilliseconds() });

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

    // Atlassian's have none; what they may do follows from their owners.
    private static string StoredScopes(Token token) => token.Dialect == TokenDialect.Atlassian ? "" : token.Scopes.ToString();

    private static Token ToToken(TokenRow row, string[] ips) => new()
    {
        Id = row.Id,
        Dialect = (TokenDialect)row.Dialect,
        Kind = (TokenKind)row.Kind,
        UserId = row.UserId,
        Name = row.Name,
        Description = row.Description,
        Scopes = (TokenDialect)row.Dialect == TokenDialect.Atlassian ? ScopeSet.Unlimited(row.OwnerIsAdmin == 1) : ScopeSet.FromStored(row.Scopes),
        CreatedAt = Instant(row.CreatedAt)!.Value,
        UpdatedAt = Instant(row.UpdatedAt)!.Value,
        ExpiresAt = Instant(row.ExpiresAt),
        RevokedAt = Instant(row.RevokedAt),
        LastUsedAt = Instant(row.LastUsedAt),
        LastUsedIps = ips,
        PreviousId = row.PreviousId,
        RetiresAt = row.RevokedAt is null ? Instant(row.RetiresAt) : null,
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
        public long OwnerIsAdmin { get; init; }
        public long CreatedAt { get; init; }
        public long UpdatedAt { get; init; }
        public long? ExpiresAt { get; init; }
        public long? RevokedAt { get; init; }
        public long? LastUsedAt { get; init; }
        public long? PreviousId { get; init; }
        public long? RetiresAt { get; init; }
        public long? BotResourceKind { get; init; }
        public long? BotResourceId { get; init; }
        public long? AccessLevel { get; init; }
    }
}
