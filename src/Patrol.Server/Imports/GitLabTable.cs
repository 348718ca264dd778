using Patrol.Core.Lifetimes;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Tokens;

namespace Patrol.Server.Imports;

/// <summary>GitLab's table <c>personal_access_tokens</c>, as <c>\copy personal_access_tokens TO … CSV HEADER</c> writes it.</summary>
/// <param name="users">User names by GitLab's ids; null if the rows name them.</param>
/// <param name="keys">The bytes of GitLab's <c>db_key_base</c> that count; of each, where keys were changed.</param>
internal sealed class GitLabTable(IReadOnlyDictionary<string, string>? users, IReadOnlyList<byte[]> keys) : ImportedTable(users)
{
    private static readonly char[] AroundNames = ['-', ':', '"', '\'', '[', ']', '{', '}', ','];

    public override string[] Columns => ["NAME", "TOKEN_DIGEST", "USER_ID", "SCOPES", "CREATED_AT", "EXPIRES_AT"];

    public override IReadOnlyList<byte[]> Keys => keys;

    protected override string UserColumn => "USER_ID";

    public override ImportedToken Read(CsvRow row, DateTimeOffset now)
    {
        var digest = ForeignDigest.SaltedSha256.Read(row.Get("TOKEN_DIGEST")) ?? throw new UnfitRowException("TOKEN_DIGEST is not 32 bytes in base64");
        var created = row.Instant("CREATED_AT") ?? throw new UnfitRowException("CREATED_AT is empty");
        var updated = row.Instant("UPDATED_AT") ?? created;
        return new ImportedToken(Username(row), new Token
        {
            Id = 0,
            Dialect = TokenDialect.GitLab,
            Kind = Flag(row, "IMPERSONATION") ? TokenKind.Impersonation : TokenKind.Personal,
            UserId = 0,
            Name = Name(row.Get("NAME")),
            Description = row.Find("DESCRIPTION"),
            Scopes = Scopes(row.Get("SCOPES")),
            CreatedAt = created,
            UpdatedAt = updated,
            ExpiresAt = row.Instant("EXPIRES_AT") is { } day ? UtcDay.Start(UtcDay.Of(day)) : null,
            RevokedAt = Flag(row, "REVOKED") ? updated : null,
            LastUsedAt = row.Instant("LAST_USED_AT"),
        }, digest);
    }

    private static bool Flag(CsvRow row, string column) => row.Find(column)?.ToLowerInvariant() switch
    {
        null or "f" or "false" or "0" => false,
        "t" or "true" or "1" => true,
        _ => throw new UnfitRowException($"{column} is neither t nor f"),
    };

    // Rails stores a list in YAML ("---\n- :api\n"); exports by hand have an array or names with blanks or commas between.
    private static ScopeSet Scopes(string text)
    {
        var names = text.Split([' ', ',', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries)
            .Select(name => name.Trim(AroundNames)).Where(name => name.Length > 0).ToList();
        if (names.FirstOrDefault(name => ScopeCatalog.Find(name) is null) is { } unknown)
            throw new UnfitRowException($"the scope {unknown} is not known here");
        return ScopeSet.Parse(names).Succeeded(out var scopes, out _) ? scopes : throw new UnfitRowException("SCOPES names none");
    }
}
