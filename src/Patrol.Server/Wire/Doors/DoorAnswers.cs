using Patrol.Server.Access;
using Patrol.Server.Storage;
using Patrol.Server.Telemetry;

namespace Patrol.Server.Wire.Doors;

/// <summary>Somebody asks at a door.</summary>
/// <param name="Door">Which.</param>
/// <param name="Now">When.</param>
/// <param name="Timestamp">The same on the clock that measures durations.</param>
internal readonly record struct Knock(DoorKind Door, DateTimeOffset Now, long Timestamp)
{
    public static Knock At(DoorKind door, TimeProvider time) => new(door, time.Now(), time.GetTimestamp());
}

/// <summary>How doors answer proxies: whose token it is in headers, or why not. The token itself is never echoed.</summary>
internal sealed class DoorAnswers(DoorGuard guard, ApiLog log, PathScrubber scrubber, Metrics metrics, TimeProvider time)
{
    private const string Realm = "Patrol";

    /// <summary>204: the door opens.</summary>
    public async ValueTask Open(HttpContext http, Knock knock, Caller? caller)
    {
        var response = http.Response;
        var headers = response.Headers;
        headers.CacheControl = "no-store";
        // Each is there, if empty, so that a proxy has something to put in the place of what a client sent.
        var token = caller?.Token;
        headers["X-Patrol-User"] = token?.Owner.Username ?? "";
        headers["X-Patrol-User-Id"] = token?.UserIdText ?? "";
        headers["X-Patrol-Token-Id"] = token?.TokenIdText ?? "";
        headers["X-Patrol-Scopes"] = token?.ScopesText ?? "";
        headers["X-Patrol-Groups"] = caller is null ? "" : await guard.GroupsOf(caller, knock.Now);
        if (token?.ExpiresOnText is { } expires)
            headers["X-Patrol-Expires-At"] = expires;
        response.StatusCode = StatusCodes.Status204NoContent;
        Count(knock, StatusCodes.Status204NoContent);
    }

    /// <summary>The door stays shut.</summary>
    public Task Refuse(HttpContext http, Knock knock, DoorRefusal refusal, PresentedToken presented, TokenSnapshot? token, bool basic = false, string? body = null)
    {
        var path = http.Request.Path.Value ?? "";
        log.Write(new ApiLogLine
        {
            Time = knock.Now,
            Duration = time.GetElapsedTime(knock.Timestamp),
            Status = refusal.Status,
            Method = http.Request.Method,
            Path = path,
            Route = path,
            Host = scrubber.ScrubOften(http.Request.Host.Host),
            RemoteIp = http.Connection.RemoteIpAddress?.ToString() ?? "",
            UserAgent = scrubber.ScrubOften(http.Request.Headers.UserAgent.ToString()),
            CorrelationId = CorrelationId.New(),
            Failure = token is null || refusal.LogReason is null ? null : new AuthenticationFailure(
                refusal.LogReason, token.Token.Id, refusal.Scope ?? "", presented.HeaderType ?? "other", token.Owner.Username),
        });
        Count(knock, refusal.Status);
        var response = http.Response;
        response.StatusCode = refusal.Status;
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Patrol-Reason"] = refusal.Reason;
        if (refusal.Status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = refusal.Challenge(Realm, basic);
        response.ContentType = "application/json";
        return HttpMethods.IsHead(http.Request.Method) ? Task.CompletedTask : response.WriteAsync(body ?? refusal.ToJson());
    }

    /// <summary>Counts an answer and how long it took.</summary>
    public void Count(Knock knock, int status) => metrics.Answered(knock.Door, status, time.GetElapsedTime(knock.Timestamp));
}
