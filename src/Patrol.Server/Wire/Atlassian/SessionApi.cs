using Patrol.Server.Sessions;
using Patrol.Server.Settings;

namespace Patrol.Server.Wire.Atlassian;

/// <summary>Signing in and out with a cookie: <c>/rest/auth/1/session</c>.</summary>
internal sealed class SessionApi(CheckPassword check, OpenSession open, CloseSession close, SettingsStore settings)
{
    private const string Module = "auth", Version = "1";

    public void Map(AtlassianRoutes routes)
    {
        routes.Get(Module, Version, "/session", Current);
        routes.Post(Module, Version, "/session", SignIn, anonymous: true);
        routes.Delete(Module, Version, "/session", SignOut);
    }

    // With the property off, a bearer is given a session, as in Atlassian's article on cookies from tokens.
    private async Task<Answer> Current(AtlassianRequest request)
    {
        var caller = request.Caller;
        if (caller.Presented is { } token && !settings.Current.Atlassian.InvalidateSessionEnabled &&
            await open.Handle(token, caller.Address, request.Now) is { } session)
            SessionCookie.Set(request.Http, session.Text);
        return Answer.Ok(new CurrentSessionJson(ProfileApi.Self(request), caller.User.Username));
    }

    private async Task<Answer> SignIn(AtlassianRequest request)
    {
        var (credentials, wrong) = await RequestBody.Read(request.Http.Request, AtlassianJson.Default.CredentialsJson);
        if (credentials is null)
            return wrong!;
        var address = request.Http.Connection.RemoteIpAddress;
        var checking = await check.Handle(credentials.Username ?? "", credentials.Password ?? "", address, request.Now);
        if (checking.Verdict != PasswordVerdict.Right)
            return SeraphAnswer.Of(checking, request.Http.Response, request.Now);
        if (await open.Handle(checking, address, request.Now) is not { } session)
            return Answer.Unauthorized;
        SessionCookie.Set(request.Http, session.Text);
        return Answer.Ok(new NewSessionJson(new SessionValueJson(SessionCookie.Name, session.Text.Reveal())));
    }

    private async Task<Answer> SignOut(AtlassianRequest request)
    {
        if (SessionCookie.Read(request.Http.Request) is { } text)
            await close.Handle(text, request.Http.Connection.RemoteIpAddress, request.Now);
        SessionCookie.Clear(request.Http);
        return Answer.NoContent;
    }
}

/// <summary>What Seraph, the products' sign-in, says to a password that does not open.</summary>
internal static class SeraphAnswer
{
    public const string LoginReason = "X-Seraph-LoginReason";

    /// <summary>The answer; what stands in headers is set.</summary>
    public static Answer Of(PasswordCheck check, HttpResponse response, DateTimeOffset now)
    {
        if (check.Verdict != PasswordVerdict.Denied)
        {
            response.Headers[LoginReason] = "AUTHENTICATED_FAILED";
            return Answer.Error(StatusCodes.Status401Unauthorized, "Basic Authentication Failure - Reason : AUTHENTICATED_FAILED");
        }
        var wait = check.DeniedUntil is { } until ? (int)Math.Ceiling((until - now).TotalSeconds) : (int?)null;
        var why = wait is null ? "Too many failed requests from this address. Try again later." : $"Too many wrong passwords. Try again in {wait} seconds.";
        response.Headers[LoginReason] = "AUTHENTICATION_DENIED";
        response.Headers["X-Authentication-Denied-Reason"] = why;
        if (wait is not null)
            response.Headers.RetryAfter = wait.ToString();
        return Answer.Error(StatusCodes.Status403Forbidden, $"Basic Authentication Failure - Reason : AUTHENTICATION_DENIED. {why}");
    }
}
