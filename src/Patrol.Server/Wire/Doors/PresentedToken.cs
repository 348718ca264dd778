using System.Net.Http.Headers;
using System.Text;
using Cookies = Microsoft.Net.Http.Headers.CookieHeaderValue;

namespace Patrol.Server.Wire.Doors;

/// <summary>The token that came with a request.</summary>
/// <param name="Text">Its text; null if none came.</param>
/// <param name="HeaderType">How it came, in the words of GitLab's log.</param>
/// <param name="Refusal">Why it cannot be told what was meant; null if it can.</param>
internal readonly record struct PresentedToken(string? Text, string HeaderType, DoorRefusal? Refusal)
{
    private const string Bearer = "Bearer ";

    /// <summary>The longest text that is looked at.</summary>
    public const int LongestText = 1_000;

    /// <summary>
    /// Looks for it in <c>Authorization</c> (bearer, or password of Basic: the user name is ignored, as GitLab does with tokens),
    /// <c>PRIVATE-TOKEN</c>, <c>X-Api-Key</c>, and the operator's cookie and header. The same text may come in several places;
    /// different ones are refused, or a proxy and a service might each take another.
    /// </summary>
    public static PresentedToken Find(HttpRequest request, DoorsSettings settings)
    {
        var headers = request.Headers;
        var found = default(PresentedToken);
        foreach (var authorization in headers.Authorization)
        {
            if (authorization is null)
                continue;
            if (authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
                found = found.And(authorization[Bearer.Length..].Trim(), "bearer");
            else
                found = found.And(BasicPassword(authorization), "other");
        }
        foreach (var text in headers["PRIVATE-TOKEN"])
            found = found.And(text, "private_token_header");
        foreach (var text in headers["X-Api-Key"])
            found = found.And(text, "other");
        if (settings.Header is { } named)
        {
            foreach (var text in headers[named])
                found = found.And(text, "other");
        }
        if (settings.Cookie is { } cookie && Cookies.TryParseList(headers.Cookie, out var cookies))
        {
            foreach (var one in cookies.Where(one => one.Name == cookie))
                found = found.And(one.Value.ToString(), "other");
        }
        return found;
    }

    private PresentedToken And(string? text, string headerType)
    {
        if (string.IsNullOrEmpty(text) || Refusal is not null || text == Text)
            return this;
        if (Text is not null)
            return this with { Refusal = DoorRefusal.SeveralTokens };
        return new PresentedToken(text, headerType, text.Length > LongestText ? DoorRefusal.OverlongToken : null);
    }

    private static string? BasicPassword(string authorization)
    {
        if (!AuthenticationHeaderValue.TryParse(authorization, out var header) || header.Parameter is not { } parameter ||
            !header.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase))
            return null;
        var bytes = new byte[parameter.Length];
        if (!Convert.TryFromBase64String(parameter, bytes, out var length))
            return null;
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = text.IndexOf(':');
        return colon < 0 ? null : text[(colon + 1)..];
    }
}
