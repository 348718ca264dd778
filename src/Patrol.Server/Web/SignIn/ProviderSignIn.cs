using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Patrol.Server.Sessions;
using Patrol.Server.Start;
using Patrol.Server.Storage;

namespace Patrol.Server.Web.SignIn;

/// <summary>
/// Signing in with an OpenID Connect provider, where one is set: authorization code with PKCE. The framework speaks with the
/// provider; what comes of it is a session like any other, for a user whom an administrator has made.
/// </summary>
internal sealed partial class ProviderSignIn(
    FindIdentity identities, OpenSession open, ServerOptions options, TimeProvider time, ILogger<ProviderSignIn> logger)
{
    public const string Address = "/users/auth/openid_connect";
    public const string Scheme = "openid_connect";
    private const string ReturnTo = "return_to";

    /// <summary>What people call the provider; null if there is none.</summary>
    public string? Name => options.Provider?.Name;

    public void Map(PageRoutes routes)
    {
        if (Name is not null)
            routes.Get(Address, Begin, PageAccess.Anyone);
    }

    /// <summary>Sets the framework's part up.</summary>
    public void Configure(OpenIdConnectOptions connect, ProviderOptions provider)
    {
        (connect.Authority, connect.ClientId, connect.ClientSecret) = (provider.Authority.ToString(), provider.ClientId, provider.ClientSecret);
        connect.RequireHttpsMetadata = !provider.Authority.IsLoopback;
        connect.CallbackPath = $"{Address}/callback";
        // What would keep a person signed in is never reached: Finish opens a session of ours instead.
        connect.SignInScheme = "none";
        connect.ResponseType = OpenIdConnectResponseType.Code;
        // By the query and not by a form of the provider's, which would not bring our cookies along.
        connect.ResponseMode = OpenIdConnectResponseMode.Query;
        connect.UsePkce = true;
        connect.MapInboundClaims = false;
        connect.GetClaimsFromUserInfoEndpoint = true;
        connect.ClaimActions.MapUniqueJsonKey("email_verified", "email_verified");
        connect.Scope.Add("email");
        // When the cookies of the way to the provider and back end is for the browser's clock to say.
        connect.TimeProvider = TimeProvider.System;
        connect.TokenValidationParameters.LifetimeValidator = (from, to, _, validation) =>
            time.GetUtcNow().UtcDateTime is var now && from - validation.ClockSkew <= now && now < to + validation.ClockSkew;
        foreach (var cookie in (CookieBuilder[])[connect.CorrelationCookie, connect.NonceCookie])
            (cookie.SameSite, cookie.SecurePolicy) = (SameSiteMode.Lax, CookieSecurePolicy.SameAsRequest);
        connect.Events.OnRedirectToIdentityProvider = context =>
        {
            if (options.PublicUrl is { } known)
                context.ProtocolMessage.RedirectUri = $"{known.ToString().TrimEnd('/')}{connect.CallbackPath}";
            return Task.CompletedTask;
        };
        connect.Events.OnTicketReceived = Finish;
        connect.Events.OnRemoteFailure = context =>
        {
            // Of the framework's words the first line says what is wrong; the others describe keys and addresses.
            NotLetIn(context.Failure?.Message.Split('\n')[0].TrimEnd());
            SendBack(context, "refused");
            return Task.CompletedTask;
        };
    }

    private async Task<IResult> Begin(PageRequest page)
    {
        var to = SignInPages.LocalPath(page.Query("return_to"));
        try
        {
            await page.Http.ChallengeAsync(Scheme, new AuthenticationProperties(new Dictionary<string, string?>(StringComparer.Ordinal) { [ReturnTo] = to }));
            return Results.Empty;
        }
        catch (InvalidOperationException fault) when (fault.InnerException is not null && !page.Http.Response.HasStarted)
        {
            // Its description cannot be read.
            NotLetIn(fault.GetBaseException().Message);
            return page.Show<SignInPage>(new SignInForm("", to, "The sign-in provider cannot be reached. Try again later.", Name), StatusCodes.Status503ServiceUnavailable);
        }
    }

    private async Task Finish(TicketReceivedContext context)
    {
        var who = context.Principal!;
        var now = time.Now();
        var verified = who.FindFirstValue("email_verified") is { } flag && flag.Equals("true", StringComparison.OrdinalIgnoreCase) ? who.FindFirstValue("email") : null;
        var subject = who.FindFirst("sub")!;
        var address = context.HttpContext.Connection.RemoteIpAddress;
        var user = await identities.Handle(subject.Issuer, subject.Value, verified, now);
        if (user is null)
            SendBack(context, "no_account");
        else if (await open.Handle(user, address, now) is not { } session)
            SendBack(context, "blocked");
        else
        {
            SessionCookie.Set(context.HttpContext, session.Text);
            Choices.TakeOver(context.HttpContext, user.PreferredLanguage);
            context.Response.Redirect(SignInPages.LocalPath(context.Properties?.Items.TryGetValue(ReturnTo, out var to) == true ? to : null));
            context.HandleResponse();
        }
    }

    /// <summary>Lets the framework take what a provider answers.</summary>
    public static async Task TakeAnswer(HttpContext http, RequestDelegate next)
    {
        var handlers = http.RequestServices.GetRequiredService<IAuthenticationHandlerProvider>();
        if (await handlers.GetHandlerAsync(http, Scheme) is not IAuthenticationRequestHandler handler || !await handler.HandleRequestAsync())
            await next(http);
    }

    /// <summary>What the sign-in page says of a failure, by the word in its address.</summary>
    public static string? Problem(string? failure) => failure switch
    {
        "ended" => "Your session has ended, and nothing was sent. Sign in and send the form again.",
        "refused" => "The provider did not let you in. Try again.",
        "no_account" => "There is no account here for this e-mail address. Ask an administrator.",
        "blocked" => "This account is blocked. Ask an administrator.",
        _ => null,
    };

    private static void SendBack(HandleRequestContext<RemoteAuthenticationOptions> context, string failure)
    {
        context.Response.Redirect($"{SignInPages.Address}?failure={failure}");
        context.HandleResponse();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Signing in with the provider failed: {Reason}")]
    private partial void NotLetIn(string? reason);
}
