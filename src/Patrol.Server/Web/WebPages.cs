using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.WebEncoders;
using Patrol.Server.Members;
using Patrol.Server.Sessions;
using Patrol.Server.Start;
using Patrol.Server.Users;
using Patrol.Server.Web.Administration;
using Patrol.Server.Web.Calendar;
using Patrol.Server.Web.Check;
using Patrol.Server.Web.Preferences;
using Patrol.Server.Web.Resources;
using Patrol.Server.Web.SignIn;
using Patrol.Server.Web.Tokens;

namespace Patrol.Server.Web;

/// <summary>
/// The pages that people use. A class for each subject maps addresses to handlers; a handler reads the request, calls use cases
/// and shows a component, or sends the browser on after a form.
/// </summary>
internal static class WebPages
{
    // Below these addresses programs talk to programs.
    private static readonly PathString[] Programs = ["/api", "/rest", "/jira", "/confluence", "/auth", "/oauth", "/jwt", "/openapi", "/metrics"];

    public static void AddParts(IServiceCollection services)
    {
        services.AddRazorComponents();
        // Letters of all languages stand in pages as they are; what has a meaning in HTML is written otherwise all the same.
        services.Configure<WebEncoderOptions>(encoders => encoders.TextEncoderSettings = new TextEncoderSettings(UnicodeRanges.All));
        services.AddAntiforgery(forms =>
        {
            forms.Cookie.Name = "patrol_form";
            forms.Cookie.SameSite = SameSiteMode.Strict;
            forms.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            forms.FormFieldName = "form_mark";
            // The gate writes a stricter one.
            forms.SuppressXFrameOptionsHeader = true;
        });
        services.AddDataProtection().SetApplicationName("Patrol");
        services.AddSingleton<KeyRing>().AddSingleton<SealKeys>().AddSingleton<ShowOnce>();
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>, UseKeyRing>();
        services.AddAuthentication().AddOpenIdConnect(ProviderSignIn.Scheme, _ => { });
        services.AddOptions<OpenIdConnectOptions>(ProviderSignIn.Scheme).Configure<ProviderSignIn, ServerOptions>((connect, signIn, options) =>
        {
            if (options.Provider is { } provider)
                signIn.Configure(connect, provider);
        });
        services.AddSingleton<FindIdentity>().AddSingleton<CalendarFeed>().AddSingleton<ChooseLanguage>().AddSingleton<ListManaged>();
        services.AddSingleton<PageGate>().AddSingleton<Handover>().AddSingleton<ProviderSignIn>();
        services.AddSingleton<SignInPages>().AddSingleton<OwnTokenPages>().AddSingleton<CheckPages>().AddSingleton<PreferencePages>().AddSingleton<PasswordPages>()
            .AddSingleton<ResourcePages>().AddSingleton<CalendarPages>();
        services.AddSingleton<TokenPages>().AddSingleton<BulkPages>().AddSingleton<ExpiryPages>().AddSingleton<UserPages>().AddSingleton<UserEditPages>().AddSingleton<SettingsPages>()
            .AddSingleton<JobPages>().AddSingleton<AuditPages>();
    }

    /// <summary>Stands before routing where a provider's answer comes in; nothing else of the framework's authentication is used.</summary>
    public static void StandBeforeRouting(WebApplication app)
    {
        // As soon as there is a scheme, the host would ask it about every request, those of the hot doors, too. This tells it not to.
        ((IApplicationBuilder)app).Properties["__AuthenticationMiddlewareSet"] = true;
        if (app.Services.GetRequiredService<ServerOptions>().Provider is not null)
            app.UseWhen(http => http.Request.Path.StartsWithSegments(ProviderSignIn.Address), branch => branch.Use(ProviderSignIn.TakeAnswer));
    }

    public static void Map(WebApplication app)
    {
        PageFiles.Map(app);
        var routes = new PageRoutes(app, app.Services.GetRequiredService<PageGate>());
        app.Services.GetRequiredService<SignInPages>().Map(routes);
        app.Services.GetRequiredService<PreferencePages>().Map(routes);
        app.Services.GetRequiredService<PasswordPages>().Map(routes);
        app.Services.GetRequiredService<OwnTokenPages>().Map(routes);
        app.Services.GetRequiredService<CheckPages>().Map(routes);
        app.Services.GetRequiredService<ResourcePages>().Map(routes);
        app.Services.GetRequiredService<CalendarPages>().Map(routes);
        app.Services.GetRequiredService<TokenPages>().Map(routes);
        app.Services.GetRequiredService<BulkPages>().Map(routes);
        app.Services.GetRequiredService<ExpiryPages>().Map(routes);
        app.Services.GetRequiredService<UserPages>().Map(routes);
        app.Services.GetRequiredService<UserEditPages>().Map(routes);
        app.Services.GetRequiredService<SettingsPages>().Map(routes);
        app.Services.GetRequiredService<JobPages>().Map(routes);
        app.Services.GetRequiredService<AuditPages>().Map(routes);
        app.Use(AnswerTheRest);
    }

    // Addresses that no route takes: those of projects and groups, and a page for people who are lost. Programs keep their own answers.
    private static Task AnswerTheRest(HttpContext http, RequestDelegate next)
    {
        if (http.GetEndpoint() is not null)
            return next(http);
        var gate = http.RequestServices.GetRequiredService<PageGate>();
        if (http.RequestServices.GetRequiredService<ResourcePages>().HandlerOf(http.Request) is { } handler)
            return gate.Handle(http, PageAccess.SignedIn, handler);
        return (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method)) && !Array.Exists(Programs, root => http.Request.Path.StartsWithSegments(root))
            ? gate.Handle(http, PageAccess.Anyone, page => Task.FromResult(page.Missing()))
            : next(http);
    }
}
