using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Settings;
using Patrol.Server.Storage;

namespace Patrol.Server.Wire.Native;

/// <summary>
/// Stands before our own API: administrators only, with a token of scope <c>api</c> (<c>read_api</c> for reading), as bearer or
/// in <c>PRIVATE-TOKEN</c>. It runs before anything of the request is parsed.
/// </summary>
internal sealed class NativeGate(RequestDelegate next, TokenVerifier verifier, SettingsStore settings, TimeProvider time)
{
    private const string Bearer = "Bearer ";

    public async Task Invoke(HttpContext http)
    {
        var request = http.Request;
        var now = time.Now();
        var authorization = request.Headers[HeaderNames.Authorization].ToString();
        var text = authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? authorization[Bearer.Length..].Trim()
            : request.Headers["PRIVATE-TOKEN"].ToString();
        if (text.Length == 0)
        {
            await Refuse(http, StatusCodes.Status401Unauthorized, "Present an administrator's token as bearer or in PRIVATE-TOKEN.");
            return;
        }
        var (verdict, token, banned) = await verifier.Verify(text, http.Connection.RemoteIpAddress, now);
        if (banned)
        {
            await Refuse(http, StatusCodes.Status403Forbidden, "Too many requests with unknown tokens from this address. Try again later.");
            return;
        }
        if (verdict != TokenVerdict.Good)
        {
            await (verdict == TokenVerdict.OwnerBlocked
                ? Refuse(http, StatusCodes.Status403Forbidden, "The token's owner has been blocked.")
                : Refuse(http, StatusCodes.Status401Unauthorized, Words(verdict)));
            return;
        }
        var reads = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        var wanted = reads ? ScopeCatalog.ReadApi : ScopeCatalog.Api;
        var caller = new Caller(token!.Owner, token, http.Connection.RemoteIpAddress, settings.Current.AdminMode);
        if (!token.Token.Scopes.HasAny(wanted.SatisfiedBy))
            await Refuse(http, StatusCodes.Status403Forbidden, $"The token lacks the scope {wanted.Name}.");
        else if (!caller.IsAdmin)
            await Refuse(http, StatusCodes.Status403Forbidden, "Only administrators may use this API.");
        else if (MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.Charset.HasValue && !HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            await Refuse(http, StatusCodes.Status415UnsupportedMediaType, "JSON is UTF-8.");
        else
        {
            // The framework does not know it in quotation marks.
            if (type?.Charset.HasValue == true)
            {
                type.Charset = default;
                request.ContentType = type.ToString();
            }
            http.Features.Set(new NativeCaller(caller, now));
            http.Response.Headers.CacheControl = "no-store";
            await next(http);
        }
    }

    private static string Words(TokenVerdict verdict) => verdict switch
    {
        TokenVerdict.Expired => "The token is expired.",
        TokenVerdict.Revoked => "The token was revoked.",
        TokenVerdict.SwitchedOff => "Tokens of this kind are switched off.",
        TokenVerdict.ImpersonationDisabled => "Impersonation tokens are switched off.",
        _ => "The token is unknown.",
    };

    private static Task Refuse(HttpContext http, int status, string detail)
    {
        if (status == StatusCodes.Status401Unauthorized)
            http.Response.Headers.WWWAuthenticate = "Bearer realm=\"Patrol\"";
        return Results.Problem(detail, statusCode: status).ExecuteAsync(http);
    }
}

/// <summary>Who calls our own API, and when; an endpoint takes it as a parameter.</summary>
internal sealed record NativeCaller(Caller Caller, DateTimeOffset Now)
{
    public static ValueTask<NativeCaller> BindAsync(HttpContext http) => ValueTask.FromResult(http.Features.GetRequiredFeature<NativeCaller>());
}
