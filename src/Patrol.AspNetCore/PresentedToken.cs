using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Patrol.AspNetCore;

/// <summary>The token that came with a request, found as the authority's own doors find it.</summary>
/// <param name="Text">Its text; null if none came.</param>
/// <param name="Failure">Why it cannot be told what was meant; null if it can.</param>
internal readonly record struct PresentedToken(string? Text, PatrolFailure? Failure)
{
    private const string Bearer = "Bearer ";

    /// <summary>
    /// Looks in <c>Authorization</c> (bearer, and password of Basic where it is allowed), <c>PRIVATE-TOKEN</c> and <c>X-Api-Key</c>. The same text
    /// may come in several places; different ones are refused, or this service and a proxy before it might each take another.
    /// </summary>
    public static PresentedToken Find(IHeaderDictionary headers, bool allowBasic)
    {
        var found = default(PresentedToken);
        foreach (var authorization in headers.Authorization)
        {
            if (authorization is null)
                continue;
            if (authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
                found = found.And(authorization[Bearer.Length..].Trim());
            else if (allowBasic)
                found = found.And(BasicPassword(authorization));
        }
        foreach (var text in headers["PRIVATE-TOKEN"])
            found = found.And(text);
        foreach (var text in headers["X-Api-Key"])
            found = found.And(text);
        return found;
    }

    private PresentedToken And(string? text)
    {
        if (string.IsNullOrEmpty(text) || Failure is not null || text == Text)
            return this;
        if (Text is not null)
            return this with { Failure = PatrolFailure.SeveralTokens };
        return new PresentedToken(text, text.Length > PatrolVerifier.LongestText ? PatrolFailure.OverlongToken : null);
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
