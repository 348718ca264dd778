using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using OpenIddict.Validation;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Patrol.Bench;

/// <summary>
/// OpenIddict with reference tokens and its introspection endpoint: Entity Framework's stores on SQLite, a client with credentials of
/// its own that asks. Its keys are the lightest that it takes, AES and elliptic curves: with the RSA keys of its first steps a check
/// costs twice as much. Tells the processor time of a check in this process, by its own validation, and then serves.
/// </summary>
internal static class OpenIddictServer
{
    private const string Asker = "bench", Secret = "only-for-this-benchmark";

    public static async Task Run(string url, string folder, int count, int used)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        builder.Services.AddDbContext<DbContext>(options => options.UseSqlite($"Data Source={Path.Combine(folder, "openiddict.db")}").UseOpenIddict());
        builder.Services.AddOpenIddict()
            .AddCore(options => options.UseEntityFrameworkCore().UseDbContext<DbContext>())
            .AddServer(options => options
                .SetTokenEndpointUris("token").SetIntrospectionEndpointUris("introspect")
                .AllowClientCredentialsFlow().UseReferenceAccessTokens().SetAccessTokenLifetime(TimeSpan.FromDays(200))
                .AddEncryptionKey(new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32)))
                .AddSigningKey(new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256)))
                .UseAspNetCore().EnableTokenEndpointPassthrough().DisableTransportSecurityRequirement())
            .AddValidation(options => options.UseLocalServer());
        var app = builder.Build();
        app.MapPost("/token", Issue);
        await Prepare(app.Services);
        await app.StartAsync();
        var texts = await Fill(app.Services, url, count, used);
        await File.WriteAllLinesAsync(Path.Combine(folder, "openiddict-tokens"), texts);
        Console.WriteLine((await Check(app.Services, texts)).ToString(CultureInfo.InvariantCulture));
        await app.WaitForShutdownAsync();
    }

    private static IResult Issue(HttpContext http)
    {
        var request = http.GetOpenIddictServerRequest()!;
        var identity = new ClaimsIdentity(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
        identity.SetClaim(Claims.Subject, request.ClientId).SetScopes("read_api").SetAudiences(Asker);
        return Results.SignIn(new ClaimsPrincipal(identity), null, OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
    }

    private static async Task Prepare(IServiceProvider services)
    {
        await using var scope = services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<DbContext>().Database.EnsureCreatedAsync();
        await scope.ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>().CreateAsync(new OpenIddictApplicationDescriptor
        {
            ClientId = Asker,
            ClientSecret = Secret,
            ClientType = ClientTypes.Confidential,
            Permissions = { Permissions.Endpoints.Token, Permissions.Endpoints.Introspection, Permissions.GrantTypes.ClientCredentials },
        });
    }

    // Those in use are issued by it; the others are rows like theirs, which nobody brings.
    private static async Task<List<string>> Fill(IServiceProvider services, string url, int count, int used)
    {
        using var client = new HttpClient();
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["grant_type"] = GrantTypes.ClientCredentials,
            ["client_id"] = Asker,
            ["client_secret"] = Secret,
        });
        var texts = new List<string>();
        while (texts.Count < used)
        {
            using var answer = await client.PostAsync(new Uri($"{url}/token"), form);
            texts.Add((await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!);
        }
        await using var scope = services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<DbContext>().Database.ExecuteSqlAsync(
            $"""
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count - used})
             INSERT INTO OpenIddictTokens (Id, ApplicationId, ConcurrencyToken, CreationDate, ExpirationDate, Payload, ReferenceId, Status, Subject, Type)
             SELECT hex(randomblob(16)), ApplicationId, hex(randomblob(16)), CreationDate, ExpirationDate, Payload, hex(randomblob(32)), Status, Subject, Type
             FROM n, (SELECT * FROM OpenIddictTokens LIMIT 1)
             """);
        return texts;
    }

    private static async Task<double> Check(IServiceProvider services, List<string> texts)
    {
        // A scope for each, as each request has one.
        async Task All()
        {
            foreach (var text in texts)
            {
                await using var scope = services.CreateAsyncScope();
                await scope.ServiceProvider.GetRequiredService<OpenIddictValidationService>().ValidateAccessTokenAsync(text);
            }
        }
        // The first rounds are the compiler's.
        await All();
        await All();
        var since = Environment.CpuUsage.TotalTime;
        await All();
        return (Environment.CpuUsage.TotalTime - since).TotalMicroseconds / texts.Count;
    }
}
