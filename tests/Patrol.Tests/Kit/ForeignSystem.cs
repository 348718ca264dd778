using System.Security.Cryptography;
using System.Text;

namespace Patrol.Tests.Kit;

/// <summary>Makes tokens as Jira, Confluence and GitLab do, and the rows of their tables.</summary>
internal static class ForeignSystem
{
    public const string AtlassianHeader = "NAME,TOKEN_ID,HASHED_TOKEN,USER_KEY,CREATED_AT,EXPIRING_AT,LAST_ACCESSED_AT";

    public const string GitLabHeader = "id,user_id,name,revoked,expires_at,created_at,updated_at,scopes,impersonation,token_digest,last_used_at";

    public const string DbKeyBase = "0123456789abcdef0123456789abcdef-and-more-that-does-not-count";

    // A token with its row, published by a security researcher.
    public const string PublishedToken = "MjE0NTg4NjQ3MTk2OrQ5JtSJgT/rrRBmCY4zu+N+NaWZ";
    public const long PublishedId = 214588647196;
    public const string PublishedHash = "{PKCS5S2}Deoq/psifhVO0VE8qhJ6prfgOltOdJkeRH4cIxac9NtoXVodRQJciR95GW37gR7/";

    /// <summary>A token of Jira's; its text and the rest of its row after the name.</summary>
    public static (string Text, string Hash) NewJiraToken(long number)
    {
        var bytes = RandomNumberGenerator.GetBytes(20);
        var salt = RandomNumberGenerator.GetBytes(16);
        var key = Rfc2898DeriveBytes.Pbkdf2(Encoding.ASCII.GetBytes(Convert.ToBase64String(bytes)), salt, 10_000, HashAlgorithmName.SHA1, 32);
        return (WithSecret(number, bytes), $"{{PKCS5S2}}{Convert.ToBase64String([.. salt, .. key])}");
    }

    /// <summary>A text that has that number.</summary>
    public static string WithSecret(long number, byte[] secret) => Convert.ToBase64String([.. Encoding.ASCII.GetBytes($"{number}:"), .. secret]);

    public static string GitLabDigest(string text, string keyBase = DbKeyBase) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text + keyBase[..32])));
}
