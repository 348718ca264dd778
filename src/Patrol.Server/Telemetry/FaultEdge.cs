using Patrol.Server.Access;
using Patrol.Server.Storage;

namespace Patrol.Server.Telemetry;

/// <summary>
/// Where faults become answers: the database is away or too much is asked for (503, try again), the request cannot be read (4xx), or an assumption of
/// ours broke (500 with the request's id; the details are in the log and nowhere else).
/// </summary>
public sealed partial class FaultEdge(RequestDelegate next, ILogger<FaultEdge> logger)
{
    private const int RetryAfterSeconds = 5;

    /// <summary>The status that a fault is answered with.</summary>
    public static int StatusOf(Exception fault) => fault switch
    {
        DatabaseAwayException or OverloadedException => StatusCodes.Status503ServiceUnavailable,
        BadHttpRequestException bad => bad.StatusCode,
        OperationCanceledException => StatusCodes.Status499ClientClosedRequest,
        _ => StatusCodes.Status500InternalServerError,
    };

    public async Task Invoke(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (Exception fault) when (!http.Response.HasStarted)
        {
            if (http.RequestAborted.IsCancellationRequested)
                return;
            var status = StatusOf(fault);
            switch (fault)
            {
                case DatabaseAwayException:
                    Away(fault.InnerException?.Message ?? fault.Message);
                    http.Response.Headers.RetryAfter = RetryAfterSeconds.ToString();
                    break;
                case OverloadedException:
                    http.Response.Headers.RetryAfter = RetryAfterSeconds.ToString();
                    break;
                case not BadHttpRequestException:
                    Broken(http.Response.Headers["X-Request-Id"].ToString(), fault);
                    break;
            }
            http.Response.StatusCode = status;
        }
        if (!http.Response.HasStarted && http.Response is { StatusCode: >= 400, ContentLength: null, ContentType: null })
            await StatusBody.Write(http);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database cannot be reached: {Reason}")]
    private partial void Away(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {RequestId} failed")]
    private partial void Broken(string requestId, Exception fault);
}

/// <summary>The body of an answer that so far is only a status: in the words of the API whose address was called.</summary>
internal static class StatusBody
{
    public static Task Write(HttpContext http)
    {
        var status = http.Response.StatusCode;
        var reason = status == StatusCodes.Status405MethodNotAllowed ? "Not Allowed" : Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status);
        var path = http.Request.Path;
        if (HttpMethods.IsHead(http.Request.Method))
            return Task.CompletedTask;
        if (path.StartsWithSegments("/api/patrol"))
        {
            http.Response.ContentType = "application/problem+json";
            var detail = status == StatusCodes.Status400BadRequest
                ? ",\"detail\":\"A parameter or the body is not of the documented form; see /openapi/v1.json.\""
                : "";
            return http.Response.WriteAsync($$"""{"type":"about:blank","title":"{{reason}}","status":{{status}}{{detail}}}""");
        }
        if (IsAtlassian(path))
            return WriteAtlassian(http, status, reason);
        if (path.StartsWithSegments("/api"))
        {
            http.Response.ContentType = "application/json";
            // GitLab: an unknown route or method in the parameter check's shape, the rest in the helper's.
            var name = status is 404 or 405 or 413 ? "error" : "message";
            return http.Response.WriteAsync($$"""{"{{name}}":"{{status}} {{reason}}"}""");
        }
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync($"{status} {reason}\n");
    }

    private static bool IsAtlassian(PathString path) =>
        path.StartsWithSegments("/rest") || path.StartsWithSegments("/jira/rest") || path.StartsWithSegments("/confluence/rest");

    // Clients tell by the HTML that there is no such resource, and not only no such thing in it.
    private static Task WriteAtlassian(HttpContext http, int status, string reason)
    {
        if (status == StatusCodes.Status404NotFound)
        {
            http.Response.ContentType = "text/html;charset=UTF-8";
            return http.Response.WriteAsync("<!DOCTYPE html>\n<html lang=\"en\"><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1></body></html>\n");
        }
        http.Response.ContentType = "application/json;charset=UTF-8";
        return http.Response.WriteAsync($$$"""{"message":"{{{reason}}}","status-code":{{{status}}},"errorMessages":["{{{reason}}}"],"errors":{}}""");
    }
}
