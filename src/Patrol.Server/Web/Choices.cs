namespace Patrol.Server.Web;

/// <summary>What a person has chosen for this browser: the language, and light or dark. Kept in cookies, which hold nothing else.</summary>
internal static class Choices
{
    private const string LanguageCookie = "patrol_language", ThemeCookie = "patrol_theme";
    private static readonly TimeSpan Kept = TimeSpan.FromDays(365);

    /// <summary>The language chosen, else the browser's.</summary>
    public static Language LanguageOf(HttpRequest request) => Language.Find(request.Cookies[LanguageCookie]) ?? Language.Of(request);

    /// <summary><c>light</c>, <c>dark</c>, or null: as the browser has it.</summary>
    public static string? ThemeOf(HttpRequest request) => request.Cookies[ThemeCookie] is ("light" or "dark") and var theme ? theme : null;

    /// <summary>The language chosen, or null: as the browser has it.</summary>
    public static string? ChosenLanguage(HttpRequest request) => Language.Find(request.Cookies[LanguageCookie])?.Code;

    /// <summary>Keeps what was chosen; what is none of the choices leaves it to the browser.</summary>
    public static void Keep(HttpContext http, string? language, string? theme)
    {
        Write(http, LanguageCookie, Language.Find(language)?.Code);
        Write(http, ThemeCookie, theme is "light" or "dark" ? theme : null);
    }

    /// <summary>
    /// Takes over what somebody who signs in chose elsewhere, if nothing is chosen here. English is not taken over: it is what
    /// everybody has who never chose.
    /// </summary>
    public static void TakeOver(HttpContext http, string preferredLanguage)
    {
        if (ChosenLanguage(http.Request) is null && Language.Find(preferredLanguage) is { } language && language != Language.English)
            Write(http, LanguageCookie, language.Code);
    }

    private static void Write(HttpContext http, string name, string? value)
    {
        var options = new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = http.Request.IsHttps, Path = "/", MaxAge = Kept };
        if (value is null)
            http.Response.Cookies.Delete(name, options);
        else
            http.Response.Cookies.Append(name, value, options);
    }
}
