using System.Net.Http.Headers;
using System.Text;
using Patrol.Core.Results;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Sessions;
using Patrol.Server.Settings;
using Patrol.Server.Start;
using Patrol.Server.Storage;
using Patrol.Server.Telemetry;
using Patrol.Server.Tokens;

namespace Patrol.Server.Wire.Atlassian;

/// <summary>
/// Stands before every endpoint: finds out who is calling by password, token or session, in the products' words, and writes the
/// answer and the log line. A token that is not good is refused; nobody goes on as anonymous with it.
/// </summary>
internal sealed class AtlassianGate(
    TokenVerifier verifier, CheckPassword checkPassword, ReadSession readSession, SettingsStore settings, ApiLog log, PathScrubber scrubber,
    ServerOptions options, TimeProvider time)
{
    private const string Bearer = "Bearer ";
    private static readonly Answer XsrfFailed = Answer.Error(
        StatusCodes.Status403Forbidden, "XSRF check failed: with a session, send the header X-Atlassian-Token: no-check.");

    public async Task Handle(HttpContext http, string context, string route, bool anonymous, AtlassianHandler handler)
    {
        var (now, startedAt) = (time.Now(), time.GetTimestamp());
        http.Response.Headers["X-Request-Id"] = CorrelationId.New();
        http.Response.Headers.CacheControl = "no-store";
        var who = new Authentication(null, null);
        Exception? fault = null;
        try
        {
            if (!anonymous)
                who = await Authenticate(http, route, now);
            var answer = who.Refused ?? (who.Caller is null && !anonymous
                ? Answer.Unauthorized
                : await handler(new AtlassianRequest(http, now, context, PublicUrl(http.Request), who.Caller)));
            if (answer.Status == StatusCodes.Status401Unauthorized)
                http.Response.Headers.WWWAuthenticate = "Bearer realm=\"Patrol\"";
            await answer.Write(http.Response);
        }
        catch (Exception caught)
        {
            fault = caught;
            throw;
        }
        finally
        {
            WriteLog(http, route, now, time.GetElapsedTime(startedAt), who, fault);
        }
    }

    private async Task<Authentication> Authenticate(HttpContext http, string route, DateTimeOffset now)
    {
        var request = http.Request;
        var authorization = request.Headers.Authorization.ToString();
        if (authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            return await ByToken(http, authorization[Bearer.Length..].Trim(), route, now);
        if (ReadBasic(authorization) is var (login, password))
        {
            var checking = await checkPassword.Handle(login, password, http.Connection.RemoteIpAddress, now);
            if (checking.Verdict != PasswordVerdict.Right)
                return new(null, SeraphAnswer.Of(checking, http.Response, now));
            http.Response.Headers[SeraphAnswer.LoginReason] = "OK";
            return new(CallerOf(checking.User!, null, http), null);
        }
        if (authorization.Length > 0)
            return new(null, Answer.Unauthorized);
        if (SessionCookie.Read(request) is not { } text || await readSession.Handle(text, now) is not { } user)
            return new(null, null);
        // Another site's page can make a browser send the cookie, but not this header.
        var changes = !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method);
        return changes && request.Headers["X-Atlassian-Token"].ToString() is not ("no-check" or "nocheck")
            ? new(null, XsrfFailed)
            : new(CallerOf(user, null, http), null);
    }

    private async Task<Authentication> ByToken(HttpContext http, string text, string route, DateTimeOffset now)
    {
        var (verdict, token, banned) = await verifier.Verify(text, http.Connection.RemoteIpAddress, now);
        if (banned)
            return new(null, Answer.Error(StatusCodes.Status403Forbidden, "Too many requests with unknown tokens from this address. Try again later."));
        if (verdict == TokenVerdict.SwitchedOff && route.Contains("/rest/pat/", StringComparison.Ordinal))
            return new(null, Answer.Refused(CreateUnscopedToken.SwitchedOff));
        if (verdict != TokenVerdict.Good)
        {
            var reason = verdict switch { TokenVerdict.Expired => "token_expired", TokenVerdict.Revoked => "token_revoked", _ => null };
            return new(null, Answer.Unauthorized) { Failure = reason is null ? null : new(reason, token!.Token.Id, null, "bearer", token.Owner.Username) };
        }
        // A token with less than all its owner's rights must not make one that has them.
        if (token!.Token.Dialect != TokenDialect.Atlassian &&
            (token.Token.Kind != TokenKind.Personal || !token.Token.Scopes.HasAll(ScopeSet.Unlimited(token.Owner.IsAdmin))))
            return new(null, Answer.Refused(new Refusal.Forbidden("This API takes tokens that carry all rights of a person: Atlassian's, or GitLab's with the scope api, of administrators with sudo and admin_mode, too")));
        return new(CallerOf(token.Owner, token, http), null);
    }

    private Caller CallerOf(Users.User user, TokenSnapshot? token, HttpContext http) =>
        new(user, token, http.Connection.RemoteIpAddress, settings.Current.AdminMode);

    private static (string Login, string Password)? ReadBasic(string authorization)
    {
        if (!AuthenticationHeaderValue.TryParse(authorization, out var header) || !header.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase))
            return null;
        var bytes = new byte[header.Parameter?.Length ?? 0];
        var text = Convert.TryFromBase64String(header.Parameter ?? "", bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length) : "";
        var colon = text.IndexOf(':');
        return colon < 0 ? ("", "") : (text[..colon], text[(colon + 1)..]);
    }

    private string PublicUrl(HttpRequest request) => options.PublicUrl?.ToString().TrimEnd('/') ?? $"{request.Scheme}://{request.Host}{request.PathBase}";

    private void WriteLog(HttpContext http, string route, DateTimeOffset now, TimeSpan duration, Authentication who, Exception? fault) => log.Write(new ApiLogLine
    {
        Time = now,
        Duration = duration,
        Status = fault is null ? http.Response.StatusCode : FaultEdge.StatusOf(fault),
        Method = http.Request.Method,
        Path = scrubber.ScrubPath(http.Request.Path.Value ?? ""),
        Route = route.Replace("{id}", ":id", StringComparison.Ordinal),
        Host = scrubber.ScrubOften(http.Request.Host.Host),
        RemoteIp = http.Connection.RemoteIpAddress?.ToString() ?? "",
        UserAgent = scrubber.ScrubOften(http.Request.Headers.UserAgent.ToString()),
        CorrelationId = http.Response.Headers["X-Request-Id"].ToString(),
        UserId = who.Caller?.User.Id,
        Username = who.Caller?.User.Username,
        TokenId = who.Caller?.Presented?.Token.Id,
        Failure = who.Failure,
        ExceptionClass = fault?.GetType().FullName,
    });

    /// <summary>Who is calling, or why nobody is; neither where no credentials came.</summary>
    private sealed record Authentication(Caller? Caller, Answer? Refused)
    {
        public AuthenticationFailure? Failure { get; init; }
    }
}
