using System.Globalization;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Patrol.AspNetCore;

/// <summary>
/// Authenticates requests: no result without a token, failure with one that is not good or cannot be verified. Challenges are
/// RFC 6750's; where nobody could be asked they are 503, since 401 would have clients throw good tokens away.
/// </summary>
internal sealed class PatrolHandler(IOptionsMonitor<PatrolOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<PatrolOptions>(options, logger, encoder)
{
    private const string RetryAfterSeconds = "5";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var presented = PresentedToken.Find(Request.Headers, Options.AllowBasic);
        if (presented.Failure is not null)
            return AuthenticateResult.Fail(presented.Failure);
        if (presented.Text is null)
            return AuthenticateResult.NoResult();
        var verifier = Context.RequestServices.GetRequiredKeyedService<PatrolVerifier>(Scheme.Name);
        var verification = await verifier.Verify(presented.Text, Context.RequestAborted);
        return verification.Verdict switch
        {
            PatrolVerdict.Good => AuthenticateResult.Success(new AuthenticationTicket(Principal(verification.Token!), Scheme.Name)),
            PatrolVerdict.Bad => AuthenticateResult.Fail(PatrolFailure.BadToken),
            _ => AuthenticateResult.Fail(PatrolFailure.Unavailable),
        };
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var failure = (await HandleAuthenticateOnceSafeAsync()).Failure as PatrolFailure;
        Response.StatusCode = failure?.Status ?? StatusCodes.Status401Unauthorized;
        if (failure == PatrolFailure.Unavailable)
        {
            Response.Headers.RetryAfter = RetryAfterSeconds;
            return;
        }
        Challenge(failure is null ? "" : $", error=\"{failure.Error}\", error_description=\"{failure.Message}\"");
        if (Options.AllowBasic && Response.StatusCode == StatusCodes.Status401Unauthorized)
            Response.Headers.Append("WWW-Authenticate", $"Basic realm=\"{Options.Realm}\"");
    }

    protected override async Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status403Forbidden;
        var user = (await HandleAuthenticateOnceSafeAsync()).Principal;
        var wanted = Context.GetEndpoint()?.Metadata.GetOrderedMetadata<PatrolScopeAttribute>() ?? [];
        if (user is not null && wanted.Any(attribute => !attribute.Requirement.IsSatisfiedBy(user)))
            Challenge($", error=\"insufficient_scope\", scope=\"{string.Join(' ', wanted.SelectMany(attribute => attribute.Scopes).Distinct())}\"");
    }

    private void Challenge(string more) => Response.Headers.Append("WWW-Authenticate", $"Bearer realm=\"{Options.Realm}\"{more}");

    // Made anew each time: transformations of claims may add to it.
    private ClaimsPrincipal Principal(PatrolToken token)
    {
        var identity = new ClaimsIdentity(Scheme.Name);
        Add(ClaimTypes.NameIdentifier, token.UserId.ToString(CultureInfo.InvariantCulture));
        Add(ClaimTypes.Name, token.Username);
        Add(PatrolClaims.TokenId, token.Id.ToString(CultureInfo.InvariantCulture));
        foreach (var scope in token.Scopes)
            Add(PatrolClaims.Scope, scope);
        if (token.ExpiresAt is { } expires)
            Add(PatrolClaims.ExpiresAt, expires.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        return new ClaimsPrincipal(identity);

        void Add(string type, string value) => identity.AddClaim(new Claim(type, value, ClaimValueTypes.String, Scheme.Name));
    }
}
