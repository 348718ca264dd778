using Patrol.Cli.Commands;
using Patrol.Cli.Sources;

namespace Patrol.Cli.Output;

/// <summary>
/// A token on a line as GitLab's scripts word it: <c>Expired personal access token ID: 12, User Email: …</c> for people and
/// service accounts, <c>Expired Project access token in Project ID 7, Token ID: 31, …</c> for bots.
/// </summary>
internal sealed class TokenLines(Utf8Writer data, DateCriterion criterion, DateOnly today) : ITokenWriter
{
    public void Start()
    {
    }

    public void Write(FoundToken token)
    {
        data.Raw(Opening(token));
        if (token.Sort is TokenSort.Project or TokenSort.Group)
        {
            var word = token.Sort == TokenSort.Group ? "Group"u8 : "Project"u8;
            data.Raw(word);
            data.Raw(" access token in "u8);
            data.Raw(word);
            data.Raw(" ID "u8);
            if (token.Resource is { } resource)
                data.Number(resource.Id);
            else
                data.Raw("unknown"u8);
            data.Raw(", Token ID: "u8);
            data.Number(token.Id);
        }
        else
        {
            data.Raw("personal access token ID: "u8);
            data.Number(token.Id);
            data.Raw(", User Email: "u8);
            data.Text(Plain.Text(token.Email));
        }
        data.Raw(", Name: "u8);
        data.Text(Plain.Text(token.Name));
        data.Raw(", Scopes: ["u8);
        for (var i = 0; i < token.Scopes.Count; i++)
        {
            data.Raw(i > 0 ? ", \""u8 : "\""u8);
            data.Text(Plain.Text(token.Scopes[i]));
            data.Byte((byte)'"');
        }
        data.Raw("], Last used: "u8);
        if (token.LastUsedAt is { } used)
            data.Instant(used, "yyyy-MM-dd HH:mm:ss 'UTC'");
        data.Byte((byte)'\n');
    }

    public void End()
    {
    }

    // The scripts' words; for what they do not ask for, words of the same kind.
    private ReadOnlySpan<byte> Opening(FoundToken token) => criterion switch
    {
        DateCriterion.Expiry => "Expired "u8,
        DateCriterion.NoExpiry => "Expires_at is nil for "u8,
        DateCriterion.Unused => "Unused "u8,
        _ => token.ExpiresAt is not { } day ? "Expires_at is nil for "u8 : day <= today ? "Expired "u8 : "Expiring "u8,
    };
}
