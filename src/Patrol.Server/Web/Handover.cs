using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Patrol.Server.Sessions;
using Patrol.Server.Tokens;
using Secret = Patrol.Core.Tokens.Secret;

namespace Patrol.Server.Web;

/// <summary>
/// Carries something from the answer to a form to the page that the browser is sent to: a sentence to say there, or a new token's
/// text to show once. It travels in a sealed cookie that only the same session can open and that the page takes away; the text of
/// a token is besides shown by no server a second time, whatever cookie comes (<see cref="ShowOnce"/>).
/// </summary>
internal sealed class Handover(IDataProtectionProvider protection, ShowOnce once)
{
    private const string NoticeCookie = "patrol_notice", TokenCookie = "patrol_token";
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(2);

    /// <summary>A name for a session that tells nothing of its text.</summary>
    public string NameOf(string session) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(session)))[..32];

    /// <summary>Sends the browser to a page that says a sentence. The sentence is English; its values are not translated.</summary>
    public IResult Redirect(PageRequest page, string to, string sentence, params string[] values)
    {
        Put(page, NoticeCookie, [sentence, .. values]);
        return Redirect(to);
    }

    /// <summary>Sends the browser to a page that shows a new token's text, this once.</summary>
    public Task<IResult> Redirect(PageRequest page, string to, IssuedToken issued) => Redirect(page, to, issued.Token.Id, issued.Token.Name, issued.Text);

    /// <summary>The same for another secret.</summary>
    public async Task<IResult> Redirect(PageRequest page, string to, long id, string name, Secret text)
    {
        var promise = await once.Promise(page.Now + Kept, page.Now);
        Put(page, TokenCookie, promise, id.ToString(CultureInfo.InvariantCulture), name, text.Reveal());
        return Redirect(to);
    }

    /// <summary>The sentence to say on this page, in its language.</summary>
    public string? TakeNotice(PageRequest page)
    {
        var notice = Read(page, NoticeCookie);
        Drop(page, NoticeCookie);
        return notice is [var english, .. var values] ? page.Words[english, [.. values]] : null;
    }

    /// <summary>
    /// The new token to show on this page, unless it has been shown. To be asked for when all else that the page needs is there:
    /// what is taken by a page that then fails is lost.
    /// </summary>
    public async Task<NewToken?> TakeToken(PageRequest page)
    {
        var slip = Read(page, TokenCookie) is [var promise, var id, var name, var text] && await once.Keep(promise, page.Now)
            ? new NewToken(long.Parse(id, CultureInfo.InvariantCulture), name, new Secret(text))
            : null;
        // Not before: a browser that is told to try again brings it again.
        Drop(page, TokenCookie);
        return slip;
    }

    public static IResult Redirect(string to) => new SeeOther(to);

    // Browsers do not keep cookies of more than 4,096 bytes, which the longest name written in JSON's \u1234 makes. A null byte is
    // in no name, token or sentence.
    private void Put(PageRequest page, string cookie, params string[] parts)
    {
        var options = Options(page);
        options.MaxAge = Kept;
        page.Http.Response.Cookies.Append(cookie, Protector(page).Protect(string.Join('\0', parts)), options);
    }

    private string[]? Read(PageRequest page, string cookie)
    {
        try
        {
            return page.Http.Request.Cookies[cookie] is { Length: > 0 } text ? Protector(page).Unprotect(text).Split('\0') : null;
        }
        catch (CryptographicException)
        {
            // Another session's, or an invented one.
            return null;
        }
    }

    private static void Drop(PageRequest page, string cookie)
    {
        if (page.Http.Request.Cookies.ContainsKey(cookie))
            page.Http.Response.Cookies.Delete(cookie, Options(page));
    }

    private IDataProtector Protector(PageRequest page) =>
        protection.CreateProtector("Patrol.Web.Handover", SessionCookie.Read(page.Http.Request) is { } session ? NameOf(session) : "");

    private static CookieOptions Options(PageRequest page) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = page.Http.Request.IsHttps, Path = "/", IsEssential = true };

    /// <summary>303: whatever was sent, what follows is a GET.</summary>
    private sealed class SeeOther(string to) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = to;
            return Task.CompletedTask;
        }
    }
}

/// <summary>A token that was just made, with the text that its page shows once.</summary>
public sealed record NewToken(long Id, string Name, Secret Text);
