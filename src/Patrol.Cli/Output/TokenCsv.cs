using System.Buffers;
using Patrol.Cli.Sources;
using Patrol.Core.Lifetimes;

namespace Patrol.Cli.Output;

/// <summary>Tokens as CSV (RFC 4180). A cell that a spreadsheet would run as a formula gets an apostrophe before it.</summary>
internal sealed class TokenCsv(Utf8Writer data, DateOnly today) : ITokenWriter
{
    private const string Header =
        "id,kind,name,owner,email,resource_type,resource_id,resource_path,scopes,state,created_at,last_used_at,expires_at,impersonation";

    private static readonly SearchValues<char> NeedQuotes = SearchValues.Create("\",");

    private readonly char[] instant = new char[InstantText.Length];

    public void Start()
    {
        data.Text(Header);
        data.Byte((byte)'\n');
    }

    public void Write(FoundToken token)
    {
        data.Number(token.Id);
        Next(TokenWords.Of(token.Sort));
        Next(token.Name);
        Next(token.Owner);
        Next(token.Email);
        Next(token.Resource is null ? "" : token.Resource.IsGroup ? "group" : "project");
        data.Byte((byte)',');
        if (token.Resource is { } resource)
            data.Number(resource.Id);
        Next(token.Resource?.Path ?? "");
        Next(string.Join(' ', token.Scopes));
        Next(TokenWords.Of(token.StateOn(today)));
        Next(token.CreatedAt);
        Next(token.LastUsedAt);
        data.Byte((byte)',');
        if (token.ExpiresAt is { } day)
            data.Date(day);
        data.Raw(token.Impersonation ? ",true\n"u8 : ",false\n"u8);
    }

    public void End()
    {
    }

    /// <summary>A cell with a text from elsewhere.</summary>
    public static string Cell(string text)
    {
        var cell = Plain.LooksLikeFormula(text) ? $"'{Plain.Text(text)}" : Plain.Text(text);
        return cell.AsSpan().ContainsAny(NeedQuotes) ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;
    }

    private void Next(string text)
    {
        data.Byte((byte)',');
        data.Text(Cell(text));
    }

    private void Next(DateTimeOffset? value)
    {
        data.Byte((byte)',');
        if (value is not { } given)
            return;
        InstantText.Write(given, instant);
        data.Text(instant);
    }
}
