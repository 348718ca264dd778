using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Tokens;

namespace Patrol.Server.Imports;

/// <summary>A token of another system as its row says it.</summary>
/// <param name="Username">Whose it is here.</param>
/// <param name="Token">The token; its user's id is not known yet.</param>
/// <param name="Digest">What that system made of its text.</param>
internal sealed record ImportedToken(string Username, Token Token, ForeignDigest Digest);

/// <summary>How the rows of another system's table of tokens are read.</summary>
internal abstract class ImportedTable(IReadOnlyDictionary<string, string>? users)
{
    private const int LongestName = 255;

    /// <summary>The columns that must be there.</summary>
    public abstract string[] Columns { get; }

    /// <summary>The keys without which the digests cannot be compared.</summary>
    public virtual IReadOnlyList<byte[]> Keys => [];

    /// <summary>The column with the user's key in that system.</summary>
    protected abstract string UserColumn { get; }

    /// <summary>What a row says.</summary>
    /// <exception cref="UnfitRowException">It cannot be taken.</exception>
    public abstract ImportedToken Read(CsvRow row, DateTimeOffset now);

    protected string Username(CsvRow row)
    {
        if (row.Find("USERNAME") is { } name)
            return name;
        var key = row.Get(UserColumn);
        return users?.GetValueOrDefault(key) ?? throw new UnfitRowException(
            users is null ? $"nothing says who {UserColumn} {key} is: a column USERNAME or --users is needed" : $"--users does not say who {UserColumn} {key} is");
    }

    /// <summary>The name, which the database must be able to hold.</summary>
    protected static string Name(string name) =>
        name.Contains('\0') ? throw new UnfitRowException("the name holds a null byte")
        : name.Length > LongestName ? throw new UnfitRowException($"the name is longer than {LongestName} characters")
        : name;
}

/// <summary>The table of Jira's and Confluence's personal access tokens, <c>AO_81F455_PERSONAL_TOKEN</c>.</summary>
internal sealed class AtlassianTable(IReadOnlyDictionary<string, string>? users) : ImportedTable(users)
{
    public override string[] Columns => ["NAME", "TOKEN_ID", "HASHED_TOKEN", "USER_KEY", "CREATED_AT", "EXPIRING_AT", "LAST_ACCESSED_AT"];

    protected override string UserColumn => "USER_KEY";

    public override ImportedToken Read(CsvRow row, DateTimeOffset now)
    {
        if (!long.TryParse(row.Get("TOKEN_ID"), out var number) || number < 0)
            throw new UnfitRowException("TOKEN_ID is not a number");
        var digest = ForeignDigest.Pkcs5S2.Read(number, row.Get("HASHED_TOKEN")) ?? throw new UnfitRowException("HASHED_TOKEN is not {PKCS5S2} with 48 bytes in base64");
        var created = row.Instant("CREATED_AT") ?? throw new UnfitRowException("CREATED_AT is empty");
        row.Get("EXPIRING_AT");
        return new ImportedToken(Username(row), new Token
        {
            Id = 0,
            Dialect = TokenDialect.Atlassian,
            Kind = TokenKind.Personal,
            UserId = 0,
            Name = Name(row.Get("NAME")),
            Scopes = ScopeSet.None,
            CreatedAt = created,
            UpdatedAt = created,
            ExpiresAt = row.Instant("EXPIRING_AT"),
            LastUsedAt = row.Instant("LAST_ACCESSED_AT"),
        }, digest);
    }
}
