using Patrol.Cli.Sources;
using Patrol.Core.Lifetimes;

namespace Patrol.Cli.Output;

/// <summary>Tokens as a JSON array, one object a line.</summary>
internal sealed class TokenJson(Utf8Writer data, DateOnly today) : ITokenWriter
{
    private readonly char[] instant = new char[InstantText.Length];
    private bool any;

    public void Start() => data.Byte((byte)'[');

    public void Write(FoundToken token)
    {
        data.Raw(any ? ",\n  "u8 : "\n  "u8);
        any = true;
        WriteObject(token);
    }

    public void End() => data.Raw("\n]\n"u8);

    /// <summary>The object alone.</summary>
    /// <param name="token">The token.</param>
    /// <param name="more">Fields that come after, as JSON with a comma before each.</param>
    public void WriteObject(FoundToken token, string more = "")
    {
        data.Raw("{\"id\": "u8);
        data.Number(token.Id);
        data.Raw(", \"kind\": \""u8);
        data.Text(TokenWords.Of(token.Sort));
        data.Raw("\", \"name\": "u8);
        Quoted(token.Name);
        data.Raw(", \"owner\": "u8);
        Quoted(token.Owner);
        data.Raw(", \"email\": "u8);
        Quoted(token.Email);
        data.Raw(token.Resource is null ? ", \"resource_type\": null"u8 : token.Resource.IsGroup ? ", \"resource_type\": \"group\""u8 : ", \"resource_type\": \"project\""u8);
        data.Raw(", \"resource_id\": "u8);
        if (token.Resource is { } resource)
            data.Number(resource.Id);
        else
            data.Raw("null"u8);
        data.Raw(", \"resource_path\": "u8);
        if (token.Resource?.Path is { } path)
            Quoted(path);
        else
            data.Raw("null"u8);
        data.Raw(", \"scopes\": ["u8);
        for (var i = 0; i < token.Scopes.Count; i++)
        {
            if (i > 0)
                data.Raw(", "u8);
            Quoted(token.Scopes[i]);
        }
        data.Raw("], \"state\": \""u8);
        data.Text(TokenWords.Of(token.StateOn(today)));
        data.Raw("\", \"created_at\": "u8);
        Instant(token.CreatedAt);
        data.Raw(", \"last_used_at\": "u8);
        Instant(token.LastUsedAt);
        data.Raw(", \"expires_at\": "u8);
        if (token.ExpiresAt is { } day)
        {
            data.Byte((byte)'"');
            data.Date(day);
            data.Byte((byte)'"');
        }
        else
        {
            data.Raw("null"u8);
        }
        data.Raw(token.Impersonation ? ", \"impersonation\": true"u8 : ", \"impersonation\": false"u8);
        data.Text(more);
        data.Byte((byte)'}');
    }

    private void Instant(DateTimeOffset? value)
    {
        if (value is not { } given)
        {
            data.Raw("null"u8);
            return;
        }
        InstantText.Write(given, instant);
        data.Byte((byte)'"');
        data.Text(instant);
        data.Byte((byte)'"');
    }

    private void Quoted(string text)
    {
        data.Byte((byte)'"');
        data.Text(JsonText.Escape(text));
        data.Byte((byte)'"');
    }
}
