using System.Net.Http.Headers;
using System.Text;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Storage;
using Patrol.Server.Telemetry;

namespace Patrol.Server.Wire.Doors;

/// <summary>
/// <c>/auth/verify</c>: any service asks whether a token is good, and for what. 204 with whose it is in headers, or 401/403 with
/// the reason. The token comes as it came to the service: bearer, <c>PRIVATE-TOKEN</c>, or password of Basic; it is never echoed.
/// </summary>
internal sealed class VerifyDoor(TokenVerifier verifier, ApiLog log, PathScrubber scrubber, TimeProvider time)
{
    private const string Route = "/auth/verify";
    private const string Realm = "Patrol";
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Answers right away: finding the way to an endpoint costs as much as looking a token up.</summary>
    public void StandBeforeRouting(IApplicationBuilder app) => app.Use(next => http =>
        http.Request.Path.Value == Route && (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method)) ? Handle(http) : next(http));

    /// <summary>Maps the address for other methods' sake, and for those who write it otherwise.</summary>
    public void Map(IEndpointRouteBuilder endpoints) => endpoints.MapMethods(Route, Methods, Handle).ExcludeFromDescription();

    private Task Handle(HttpContext http)
    {
        var now = time.Now();
        var presented = Find(http.Request);
        if (presented is null)
            return Refuse(http, now, DoorRefusal.Missing, null);
        ulong[] wanted = [];
        if (http.Request.QueryString.HasValue && !ReadScopes(http.Request, out wanted, out var unknown))
            return Refuse(http, now, DoorRefusal.UnknownScope(unknown), null);
        var verifying = verifier.Verify(presented, http.Connection.RemoteIpAddress, now);
        return verifying.IsCompletedSuccessfully ? Answer(http, now, wanted, verifying.Result) : Await(http, now, wanted, verifying);
    }

    private async Task Await(HttpContext http, DateTimeOffset now, ulong[] wanted, ValueTask<Verification> verifying) =>
        await Answer(http, now, wanted, await verifying);

    private Task Answer(HttpContext http, DateTimeOffset now, ulong[] wanted, Verification verification)
    {
        if (verification.Banned)
            return Refuse(http, now, DoorRefusal.Banned, null);
        if (verification.Verdict != TokenVerdict.Good)
            return Refuse(http, now, DoorRefusal.Of(verification.Verdict), verification.Token);
        var token = verification.Token!;
        foreach (var scope in wanted)
        {
            if (!token.Token.Scopes.HasAny(scope))
                return Refuse(http, now, DoorRefusal.InsufficientScope(http.Request.Query["scope"].ToString()), token);
        }
        var response = http.Response;
        response.StatusCode = StatusCodes.Status204NoContent;
        var headers = response.Headers;
        headers.CacheControl = "no-store";
        headers["X-Patrol-User"] = token.Owner.Username;
        headers["X-Patrol-User-Id"] = token.UserIdText;
        headers["X-Patrol-Token-Id"] = token.TokenIdText;
        headers["X-Patrol-Scopes"] = token.ScopesText;
        if (token.ExpiresOnText is { } expires)
            headers["X-Patrol-Expires-At"] = expires;
        return Task.CompletedTask;
    }

    private Task Refuse(HttpContext http, DateTimeOffset now, DoorRefusal refusal, TokenSnapshot? token)
    {
        log.Write(new ApiLogLine
        {
            Time = now,
            Duration = time.Now() - now,
            Status = refusal.Status,
            Method = http.Request.Method,
            Path = Route,
            Route = Route,
            Host = scrubber.ScrubOften(http.Request.Host.Host),
            RemoteIp = http.Connection.RemoteIpAddress?.ToString() ?? "",
            UserAgent = scrubber.ScrubOften(http.Request.Headers.UserAgent.ToString()),
            CorrelationId = CorrelationId.New(),
            Failure = token is null || refusal.LogReason is null ? null : new AuthenticationFailure(
                refusal.LogReason, token.Token.Id, refusal.Scope ?? "",
                http.Request.Headers.ContainsKey("PRIVATE-TOKEN") ? "private_token_header" : PresentedBearer(http.Request) ? "bearer" : "other",
                token.Owner.Username),
        });
        var response = http.Response;
        response.StatusCode = refusal.Status;
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Patrol-Reason"] = refusal.Reason;
        if (refusal.Status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = refusal.Challenge(Realm);
        response.ContentType = "application/json";
        return HttpMethods.IsHead(http.Request.Method) ? Task.CompletedTask : response.WriteAsync(refusal.ToJson());
    }

    private static string? Find(HttpRequest request)
    {
        var authorization = request.Headers.Authorization.ToString();
        const string bearer = "Bearer ";
        if (authorization.StartsWith(bearer, StringComparison.OrdinalIgnoreCase))
            return NonEmpty(authorization[bearer.Length..].Trim());
        return NonEmpty(request.Headers["PRIVATE-TOKEN"].ToString()) ?? BasicPassword(authorization);
    }

    private static bool PresentedBearer(HttpRequest request) =>
        request.Headers.Authorization.ToString().StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase);

    // The user name is ignored, as GitLab does with tokens.
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
        return colon < 0 ? null : NonEmpty(text[(colon + 1)..]);
    }

    // Each scope asked for must be satisfied, by itself or by a wider one.
    private static bool ReadScopes(HttpRequest request, out ulong[] wanted, out string unknown)
    {
        var names = string.Join(' ', request.Query["scope"].ToArray()).Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
        wanted = new ulong[names.Length];
        unknown = "";
        for (var i = 0; i < names.Length; i++)
        {
            if (ScopeCatalog.Find(names[i]) is not { } scope)
            {
                unknown = names[i];
                return false;
            }
            wanted[i] = scope.SatisfiedBy;
        }
        return true;
    }

    private static string? NonEmpty(string text) => text.Length == 0 ? null : text;
}
