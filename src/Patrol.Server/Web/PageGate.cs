using System.Security.Claims;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.Extensions;
using Patrol.Server.Access;
using Patrol.Server.Sessions;
using Patrol.Server.Settings;
using Patrol.Server.Start;
using Patrol.Server.Storage;
using Patrol.Server.Web.SignIn;

namespace Patrol.Server.Web;

/// <summary>
/// Stands before every page: finds out who is signed in and in which language they read, lets forms through only if they come
/// from our own pages, and sets the headers under which a browser runs nothing and frames nothing that is not ours.
/// </summary>
internal sealed partial class PageGate(
    ReadSession sessions, IAntiforgery antiforgery, Handover handover, SettingsStore settings, ServerOptions options, TimeProvider time,
    ILogger<PageGate> logger)
{
    private const string Policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    public async Task Handle(HttpContext http, PageAccess access, PageHandler handler)
    {
        // What a proxy says of the address that was asked for need not be one.
        if (!Uri.TryCreate(http.Request.GetEncodedUrl(), UriKind.Absolute, out _))
            throw new BadHttpRequestException("The scheme and host that this was asked for at are no address.");
        WriteHeaders(http.Response.Headers);
        var now = time.Now();
        var page = new PageRequest(http, now, Choices.LanguageOf(http.Request), options.PublicUrl?.ToString().TrimEnd('/') ?? $"{http.Request.Scheme}://{http.Request.Host}")
        {
            Mark = new FormMark("", ""),
        };
        IResult answer;
        try
        {
            page = page with { SignedIn = await FindCaller(http, now) };
            answer = await Answer(page, access, handler);
        }
        catch (DatabaseAwayException fault)
        {
            Away(fault.InnerException?.Message ?? fault.Message);
            answer = Busy(page);
        }
        catch (OverloadedException)
        {
            answer = Busy(page);
        }
        // Whatever a page shows is somebody's own.
        http.Response.Headers.CacheControl = "no-store";
        await answer.ExecuteAsync(http);
    }

    private async Task<IResult> Answer(PageRequest page, PageAccess access, PageHandler handler)
    {
        var http = page.Http;
        var writes = HttpMethods.IsPost(http.Request.Method);
        if (writes && !http.Request.HasFormContentType)
            return page.Fail(StatusCodes.Status415UnsupportedMediaType, "This address takes forms of these pages only.");
        if (access != PageAccess.Anyone && page.SignedIn is null)
        {
            // A form comes again from the page that it was on; that of another site is nobody's way back.
            var from = http.Request.GetTypedHeaders().Referer is { } referer && referer.Authority == http.Request.Host.Value ? referer.PathAndQuery : "/";
            return writes
                ? Handover.Redirect($"{SignInPages.Address}?failure=ended&return_to={Uri.EscapeDataString(from)}")
                : Results.Redirect($"{SignInPages.Address}?return_to={Uri.EscapeDataString(page.Path + http.Request.QueryString)}");
        }
        if (writes)
        {
            if (await ReadForm(http.Request) is not { } form)
                return page.Fail(StatusCodes.Status400BadRequest, "This form cannot be read. Go back, load the page again and send it once more.");
            if (!await antiforgery.IsRequestValidAsync(http))
                return DoneElsewhere(page, form) ?? Marked(page).Fail(StatusCodes.Status400BadRequest, "This form is no longer valid. Go back, load the page again and send it once more.");
            page = page with { Form = form };
        }
        page = Marked(page);
        if (access == PageAccess.Administrators && !page.Caller.IsAdmin)
            return page.Missing();
        return await handler(writes ? page : page with { Notice = handover.TakeNotice(page) });
    }

    // Signed in, or out, in another tab meanwhile: what the form asks for is so already.
    private static IResult? DoneElsewhere(PageRequest page, IFormCollection form) => (page.Path, page.SignedIn) switch
    {
        (SignInPages.Address, not null) => Handover.Redirect(SignInPages.LocalPath(form["return_to"])),
        (SignInPages.SignOutAddress, null) => Handover.Redirect(SignInPages.Address),
        _ => null,
    };

    private async Task<Caller?> FindCaller(HttpContext http, DateTimeOffset now)
    {
        if (SessionCookie.Read(http.Request) is not { } text || await sessions.Handle(text, now) is not { } user)
            return null;
        // What binds the hidden field of forms to this session and no other of the same user.
        http.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, $"{user.Id} {handover.NameOf(text)}")], "session"));
        return new Caller(user, null, http.Connection.RemoteIpAddress, settings.Current.AdminMode);
    }

    // Null if it has no boundary, is cut off, or is in letters that nobody knows.
    private static async Task<IFormCollection?> ReadForm(HttpRequest request)
    {
        try
        {
            return await request.ReadFormAsync();
        }
        catch (Exception fault) when (fault is InvalidDataException or NotSupportedException or ArgumentException || (fault is IOException and not BadHttpRequestException))
        {
            return null;
        }
    }

    private PageRequest Marked(PageRequest page)
    {
        var tokens = antiforgery.GetAndStoreTokens(page.Http);
        return page with { Mark = new FormMark(tokens.FormFieldName, tokens.RequestToken!) };
    }

    private static IResult Busy(PageRequest page)
    {
        page.Http.Response.Headers.RetryAfter = "5";
        return page.Fail(StatusCodes.Status503ServiceUnavailable, "The server cannot do this at the moment. Try again in a few seconds.");
    }

    private static void WriteHeaders(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A page could not be made: {Reason}")]
    private partial void Away(string reason);
}
