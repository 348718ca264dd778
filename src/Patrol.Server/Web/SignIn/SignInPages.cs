using Patrol.Server.Sessions;
using Patrol.Server.Web.Tokens;

namespace Patrol.Server.Web.SignIn;

/// <summary>What the sign-in page shows.</summary>
/// <param name="Login">What was typed.</param>
/// <param name="ReturnTo">Where the person wanted to go.</param>
/// <param name="Problem">An English sentence; null if nothing is wrong.</param>
/// <param name="Provider">The name of the OpenID Connect provider, if there is one.</param>
public sealed record SignInForm(string Login, string ReturnTo, string? Problem, string? Provider);

/// <summary>Signing in with a password, and out.</summary>
internal sealed class SignInPages(CheckPassword check, OpenSession open, CloseSession close, ProviderSignIn provider)
{
    public const string Address = "/users/sign_in", SignOutAddress = "/users/sign_out";

    public const string TooManyWrong = "Too many wrong passwords. Wait a while before you try again; until then not even the right one is taken.";

    public void Map(PageRoutes routes)
    {
        routes.Get("/", page => Task.FromResult<IResult>(Results.Redirect(page.SignedIn is null ? Address : OwnTokenPages.Address)), PageAccess.Anyone);
        routes.Get(Address, Ask, PageAccess.Anyone);
        routes.Post(Address, SignIn, PageAccess.Anyone);
        routes.Post(SignOutAddress, SignOut, PageAccess.Anyone);
        provider.Map(routes);
    }

    private Task<IResult> Ask(PageRequest page)
    {
        var to = LocalPath(page.Query("return_to"));
        return Task.FromResult(page.SignedIn is null ? page.Show<SignInPage>(new SignInForm("", to, ProviderSignIn.Problem(page.Query("failure")), provider.Name)) : Results.Redirect(to));
    }

    private async Task<IResult> SignIn(PageRequest page)
    {
        var login = page.Field("login") ?? "";
        var to = LocalPath(page.Field("return_to"));
        var address = page.Http.Connection.RemoteIpAddress;
        var found = await check.Handle(login, page.Form["password"].ToString(), address, page.Now);
        if (found.Verdict == PasswordVerdict.Right && await open.Handle(found, address, page.Now) is { } session)
        {
            SessionCookie.Set(page.Http, session.Text);
            Choices.TakeOver(page.Http, found.User!.PreferredLanguage);
            return Handover.Redirect(to);
        }
        var (status, problem) = found.Verdict switch
        {
            PasswordVerdict.Denied => (LetWait(page, found), TooManyWrong),
            PasswordVerdict.Blocked => (StatusCodes.Status403Forbidden, "This account is blocked. Ask an administrator."),
            _ => (StatusCodes.Status422UnprocessableEntity, "User name and password do not belong together."),
        };
        return page.Show<SignInPage>(new SignInForm(login, to, problem, provider.Name), status);
    }

    /// <summary>Says how long to wait; answers the status for it.</summary>
    public static int LetWait(PageRequest page, PasswordCheck denied)
    {
        if (denied.DeniedUntil is { } until)
            page.Http.Response.Headers.RetryAfter = ((long)Math.Ceiling((until - page.Now).TotalSeconds)).ToString();
        return StatusCodes.Status429TooManyRequests;
    }

    private async Task<IResult> SignOut(PageRequest page)
    {
        if (SessionCookie.Read(page.Http.Request) is { } text)
            await close.Handle(text, page.Http.Connection.RemoteIpAddress, page.Now);
        SessionCookie.Clear(page.Http);
        return Handover.Redirect(Address);
    }

    /// <summary>A path of this server; anything else becomes the first page. Browsers read <c>//host</c> and <c>/\host</c> as other servers.</summary>
    public static string LocalPath(string? asked) =>
        asked is ['/', ..] && !(asked.Length > 1 && asked[1] is '/' or '\\') && !asked.Any(char.IsControl) ? asked : "/";
}
