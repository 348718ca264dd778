using Patrol.Core.Lifetimes;
using Patrol.Core.Tokens;
using Patrol.Server.Tokens;

namespace Patrol.Server.Web.Administration;

/// <summary>
/// Tokens as CSV (RFC 4180). A text that a spreadsheet would take for a formula gets an apostrophe before it, as spreadsheets
/// themselves write such a text.
/// </summary>
internal static class TokenCsv
{
    public const string Head = "id,kind,name,description,owner,email,resource,scopes,state,created_at,last_used_at,last_used_ips,expires_at,revoked_at\r\n";

    public static string Line(OwnedToken owned, DateTimeOffset now)
    {
        var token = owned.Token;
        string?[] fields =
        [
            token.Id.ToString(),
            token.Kind.ToString().ToLowerInvariant(),
            token.Name,
            token.Description,
            owned.Owner.Username,
            owned.Owner.Email,
            owned.ResourcePath,
            token.Dialect == TokenDialect.Atlassian ? "" : token.Scopes.ToString(),
            token.IsRevoked ? "revoked" : token.IsExpired(now) ? "expired" : "active",
            InstantText.Of(token.CreatedAt),
            token.LastUsedAt is { } used ? InstantText.Of(used) : null,
            string.Join(' ', token.LastUsedIps),
            token.ExpiresOn is { } day ? Layout.Show.Day(day) : null,
            token.RevokedAt is { } revoked ? InstantText.Of(revoked) : null,
        ];
        return string.Join(',', fields.Select(Field)) + "\r\n";
    }

    private static string Field(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return "";
        if (text[0] is '=' or '+' or '-' or '@' or '\t' or '\r')
            text = "'" + text;
        return text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
