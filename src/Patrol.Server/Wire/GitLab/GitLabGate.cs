using Patrol.Core.Rotation;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Settings;
using Patrol.Server.Start;
using Patrol.Server.Storage;
using Patrol.Server.Telemetry;
using Patrol.Server.Tokens;
using Patrol.Server.Users;

namespace Patrol.Server.Wire.GitLab;

/// <summary>
/// Stands before every endpoint of the GitLab API: gathers the parameters, finds out who is calling and whether the token's
/// scopes open the endpoint, in GitLab's order and with GitLab's words, and writes the answer and the log line.
/// </summary>
internal sealed class GitLabGate(
    TokenVerifier verifier, RevokeFamily revokeFamily, LastUseRecorder lastUse, SettingsStore settings, Database database, ApiLog log,
    PathScrubber scrubber, ServerOptions options, TimeProvider time)
{
    // Values of these parameters are in the log; all others might be secrets in the wrong place.
    private static readonly string[] LoggedParameters =
        ["page", "per_page", "state", "sort", "order_by", "revoked", "expires_at", "access_level", "user_id", "membership", "owned", "min_access_level"];

    public async Task Handle(HttpContext http, string route, GitLabAccess access, GitLabHandler handler)
    {
        var entry = new RequestRecord { Now = time.Now(), StartedAt = time.GetTimestamp(), CorrelationId = CorrelationId.New() };
        http.Response.Headers["X-Request-Id"] = entry.CorrelationId;
        http.Response.Headers.CacheControl = "max-age=0, private, must-revalidate";
        try
        {
            var answer = await Answer(http, access, handler, entry);
            await answer.Write(http.Response);
        }
        catch (Exception fault)
        {
            entry.Fault = fault;
            throw;
        }
        finally
        {
            WriteLog(http, route, entry);
        }
    }

    private async Task<Answer> Answer(HttpContext http, GitLabAccess access, GitLabHandler handler, RequestRecord record)
    {
        Parameters parameters;
        try
        {
            parameters = await ParameterReader.Read(http);
        }
        catch (MalformedParametersException malformed)
        {
            return GitLab.Answer.Error(StatusCodes.Status400BadRequest, malformed.Message);
        }
        catch (UnsupportedContentException unsupported)
        {
            return GitLab.Answer.Error(StatusCodes.Status415UnsupportedMediaType, unsupported.Message);
        }

        var request = new GitLabRequest(http, parameters, record.Now, PublicUrl(http.Request));
        var presented = PresentedToken.Find(http.Request, parameters);
        if (presented is null && !access.Anonymous)
            return GitLab.Answer.Unauthorized;
        if (presented is { } token)
        {
            var (caller, refusal) = await Authenticate(token, http, parameters, access, record);
            if (caller is null)
                return refusal!;
            request = request with { Caller = caller };
            record.Caller = caller;
        }
        // Texts that were read as something else are told by the endpoint that asks for them.
        return parameters.Problems is null ? await handler(request) : GitLab.Answer.BadParameters(parameters);
    }

    private async ValueTask<(Caller? Caller, Answer? Refusal)> Authenticate(
        PresentedToken presented, HttpContext http, Parameters parameters, GitLabAccess access, RequestRecord record)
    {
        var address = http.Connection.RemoteIpAddress;
        var (verdict, token, banned) = await verifier.Verify(presented.Text, address, record.Now);
        if (banned)
            return (null, GitLab.Answer.Forbidden("Too many requests with unknown tokens from this address. Try again later."));

        AuthenticationFailure Failure(string reason, string? scopes = null) =>
            new(reason, token!.Token.Id, scopes, presented.HeaderType, token.Owner.Username);
        switch (verdict)
        {
            case TokenVerdict.Unknown or TokenVerdict.SwitchedOff:
                return (null, GitLab.Answer.Unauthorized);
            case TokenVerdict.Expired:
                record.Failure = Failure("token_expired", "");
                return (null, InvalidToken("Token is expired. You can either do re-authorization or token refresh."));
            case TokenVerdict.Revoked:
                record.Failure = Failure("token_revoked", "");
                if (RotationRules.IsReuse(http.Request.Path.Value))
                    await revokeFamily.Handle(token!.Token.Id, address, record.Now);
                return (null, InvalidToken("Token was revoked. You have to re-authorize from the user."));
        }

        var sudo = NonEmpty(parameters.Has("sudo") ? parameters.Text("sudo") : null) ?? NonEmpty(http.Request.Headers["Sudo"].ToString());
        // GitLab looks at the scopes before it looks at whose token it is.
        if (sudo is null && !access.Opens(token!.Token.Scopes, http.Request.Method))
            return InsufficientScope(access.Wanted);
        if (verdict != TokenVerdict.Good)
        {
            // A token that is neither expired nor revoked counts as used, whatever comes of it.
            lastUse.Record(token!, address, record.Now);
            if (verdict == TokenVerdict.OwnerBlocked)
                return (null, GitLab.Answer.Forbidden("Your account has been blocked."));
            record.Failure = Failure("impersonation_disabled", "");
            return (null, InvalidToken("Token is an impersonation token but impersonation was disabled."));
        }

        var caller = new Caller(token!.Owner, token, address, settings.Current.AdminMode);
        if (sudo is not null)
        {
            if (!caller.IsAdmin)
                return (null, GitLab.Answer.Forbidden("Must be admin to use sudo"));
            if (!token.Token.Scopes.Has(ScopeCatalog.Sudo))
                return InsufficientScope("sudo");
            return await database.Read(connection => UserSql.FindByIdOrName(connection, sudo)) switch
            {
                null => (null, GitLab.Answer.NotFound($"User with ID or username '{sudo}'")),
                { IsActive: false } => (null, GitLab.Answer.Forbidden("Your account has been blocked.")),
                var target => (caller with { User = target }, null),
            };
        }
        return (caller, null);

        (Caller?, Answer?) InsufficientScope(string wanted)
        {
            record.Failure = Failure("insufficient_scope", wanted);
            return (null, GitLab.Answer.OAuth(
                StatusCodes.Status403Forbidden, "insufficient_scope", "The request requires higher privileges than provided by the access token.", wanted));
        }
    }

    private static Answer InvalidToken(string description) =>
        GitLab.Answer.OAuth(StatusCodes.Status401Unauthorized, "invalid_token", description);

    private static string? NonEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private string PublicUrl(HttpRequest request) =>
        options.PublicUrl?.ToString().TrimEnd('/') ?? $"{request.Scheme}://{request.Host}{request.PathBase}";

    private void WriteLog(HttpContext http, string route, RequestRecord record)
    {
        var request = http.Request;
        log.Write(new ApiLogLine
        {
            Time = record.Now,
            Duration = time.GetElapsedTime(record.StartedAt),
            Status = record.Fault is null ? http.Response.StatusCode : FaultEdge.StatusOf(record.Fault),
            Method = request.Method,
            // Where the route has no values there is nothing that a caller chose.
            Path = request.RouteValues.Count == 0 ? request.Path.Value ?? "" : scrubber.ScrubPath(request.Path.Value ?? ""),
            Route = route,
            Host = scrubber.ScrubOften(request.Host.Host),
            RemoteIp = http.Connection.RemoteIpAddress?.ToString() ?? "",
            UserAgent = scrubber.ScrubOften(request.Headers.UserAgent.ToString()),
            CorrelationId = record.CorrelationId,
            Parameters = request.QueryString.HasValue
                ? request.Query.Select(pair => KeyValuePair.Create(
                    scrubber.Scrub(pair.Key), LoggedParameters.Contains(pair.Key) ? scrubber.Scrub(pair.Value.ToString()) : "[FILTERED]"))
                : [],
            UserId = record.Caller?.User.Id,
            Username = record.Caller?.User.Username,
            TokenId = record.Caller?.Token.Token.Id,
            Failure = record.Failure,
            ExceptionClass = record.Fault?.GetType().FullName,
        });
    }

    /// <summary>What is known of a request for its log line.</summary>
    private sealed class RequestRecord
    {
        public required DateTimeOffset Now { get; init; }
        public required long StartedAt { get; init; }
        public required string CorrelationId { get; init; }
        public Caller? Caller { get; set; }
        public AuthenticationFailure? Failure { get; set; }
        public Exception? Fault { get; set; }
    }
}
