using Patrol.Core.Tokens;

namespace Patrol.Server.Sessions;

/// <summary>
/// The cookie that carries a session: unseen by scripts, not sent along with other sites' posts, and over https alone where that is
/// how people come. It lives as long as the browser; when the session ends is the server's to know.
/// </summary>
internal static class SessionCookie
{
    public const string Name = "patrol_session";

    /// <summary>The session's text as it came, or null.</summary>
    public static string? Read(HttpRequest request) => request.Cookies[Name] is { Length: > 0 } text ? text : null;

    public static void Set(HttpContext http, Secret text) => http.Response.Cookies.Append(Name, text.Reveal(), Options(http));

    public static void Clear(HttpContext http) => http.Response.Cookies.Delete(Name, Options(http));

    private static CookieOptions Options(HttpContext http) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Secure = http.Request.IsHttps,
        Path = "/",
        IsEssential = true,
    };
}
