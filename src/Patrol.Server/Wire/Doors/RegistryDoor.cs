using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Patrol.Core.Doors;
using Patrol.Core.Scopes;
using Patrol.Server.Access;
using Patrol.Server.Registry;
using Patrol.Server.Start;
using Patrol.Server.Telemetry;

namespace Patrol.Server.Wire.Doors;

/// <summary>
/// <c>/jwt/auth</c>: gives clients of a container registry short-lived tokens that say what they may do there, signed so that the
/// registry need not ask. https://distribution.github.io/distribution/spec/auth/token/ — by GitLab's rules: Reporters pull,
/// Developers push and delete, everybody pulls from public projects.
/// </summary>
internal sealed class RegistryDoor(DoorGuard guard, DoorAnswers answers, SigningKeys keys, ServerOptions options, TimeProvider time)
{
    private const string Route = "/jwt/auth";
    private const string CertificatesRoute = "/jwt/certificates";
    private const int LongestService = 255;

    // GitLab's default, container_registry_token_expire_delay.
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods(Route, [HttpMethods.Get], Handle).ExcludeFromDescription();
        endpoints.MapMethods(CertificatesRoute, [HttpMethods.Get], Certificates).ExcludeFromDescription();
    }

    private async Task Handle(HttpContext http)
    {
        var knock = Knock.At(DoorKind.Registry, time);
        var query = http.Request.Query;
        var service = query["service"].ToString();
        if (query["service"].Count != 1 || service.Length is 0 or > LongestService)
        {
            await Refuse(http, knock, DoorRefusal.BadRequest("bad_service", "service must be given once: the registry's name."), default, default);
            return;
        }
        if (RegistryScope.Parse(query["scope"]) is not { } scopes)
        {
            await Refuse(http, knock, DoorRefusal.BadRequest("too_many_scopes", $"At most {RegistryScope.Most} scopes can be asked for."), default, default);
            return;
        }
        // Docker's clients send Basic and nothing else.
        var presented = PresentedToken.Find(http.Request, DoorsSettings.None);
        var visitor = await guard.Identify(presented, http.Connection.RemoteIpAddress, knock.Now);
        if (visitor.Refusal is not null)
        {
            await Refuse(http, knock, visitor.Refusal, presented, visitor);
            return;
        }
        var access = new List<RegistryScope>();
        foreach (var scope in scopes)
        {
            if (await Allowed(scope, visitor.Caller, knock.Now) is { Count: > 0 } actions)
                access.Add(scope with { Actions = actions });
        }
        // A login without a scope only asks whether the token is good; GitLab denies what nobody is called for.
        if (visitor.Caller is null && access.Count == 0)
        {
            await Refuse(http, knock, DoorRefusal.Missing, presented, visitor);
            return;
        }
        var issuer = options.PublicUrl?.ToString().TrimEnd('/') ?? $"{http.Request.Scheme}://{http.Request.Host}";
        await Answer(http, Sign((await keys.Published(knock.Now))[0], issuer, service, visitor.Caller, access, knock.Now), knock);
    }

    private async Task Certificates(HttpContext http)
    {
        http.Response.ContentType = "application/x-pem-file";
        await http.Response.WriteAsync(string.Concat((await keys.Published(time.GetUtcNow())).Select(key => key.Certificate.ExportCertificatePem() + "\n")));
    }

    // What token and access level allow of what is asked for.
    private async Task<List<string>> Allowed(RegistryScope scope, Caller? caller, DateTimeOffset now)
    {
        if (scope.IsCatalog)
            return caller is { IsAdmin: true } && caller.Token.Token.Scopes.Has(ScopeCatalog.Api) ? [.. scope.Actions.Where(action => action == "*")] : [];
        var allowed = new List<string>();
        if (scope.Type != "repository")
            return allowed;
        foreach (var action in scope.Actions)
        {
            if (RegistryScope.Needs(action) is not { } requirement)
                continue;
            foreach (var project in scope.ProjectPaths())
            {
                if (await guard.Check(requirement, project, caller, now) is not null)
                    continue;
                allowed.Add(action);
                break;
            }
        }
        return allowed;
    }

    private static string Sign(SigningKey key, string issuer, string service, Caller? caller, List<RegistryScope> access, DateTimeOffset now)
    {
        var header = Json(json =>
        {
            json.WriteString("typ", "JWT");
            json.WriteString("alg", "RS256");
            json.WriteString("kid", key.Kid);
            json.WriteStartArray("x5c");
            json.WriteBase64StringValue(key.Certificate.RawData);
            json.WriteEndArray();
        });
        var seconds = now.ToUnixTimeSeconds();
        var claims = Json(json =>
        {
            json.WriteString("iss", issuer);
            json.WriteString("sub", caller?.User.Username ?? "");
            json.WriteString("aud", service);
            json.WriteNumber("exp", seconds + (long)Lifetime.TotalSeconds);
            // The registry's clock may be behind; GitLab gives it five seconds.
            json.WriteNumber("nbf", seconds - 5);
            json.WriteNumber("iat", seconds);
            json.WriteString("jti", Guid.NewGuid());
            json.WriteStartArray("access");
            foreach (var scope in access)
            {
                json.WriteStartObject();
                json.WriteString("type", scope.Type);
                json.WriteString("name", scope.Name);
                json.WriteStartArray("actions");
                foreach (var action in scope.Actions)
                    json.WriteStringValue(action);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
        var signed = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(key.Key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private Task Answer(HttpContext http, string token, Knock knock)
    {
        answers.Count(knock, StatusCodes.Status200OK);
        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        return http.Response.Body.WriteAsync(Json(json =>
        {
            json.WriteString("token", token);
            json.WriteString("access_token", token);
            json.WriteNumber("expires_in", (int)Lifetime.TotalSeconds);
            json.WriteString("issued_at", knock.Now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture));
        })).AsTask();
    }

    // Whatever is wrong with a token or its owner, clients are to ask for another one.
    private Task Refuse(HttpContext http, Knock knock, DoorRefusal refusal, PresentedToken presented, Visitor visitor)
    {
        if (refusal.Error == "access_denied" && visitor.Token is not null)
            refusal = refusal with { Status = StatusCodes.Status401Unauthorized };
        return answers.Refuse(http, knock, refusal, presented, visitor.Token, basic: true, body: Encoding.UTF8.GetString(Json(json =>
        {
            json.WriteStartArray("errors");
            json.WriteStartObject();
            json.WriteString("code", refusal.Status switch { 401 => "UNAUTHORIZED", 403 => "DENIED", _ => "UNSUPPORTED" });
            json.WriteString("message", refusal.Status == StatusCodes.Status401Unauthorized ? $"HTTP Basic: Access denied. {refusal.Description}" : refusal.Description);
            json.WriteEndObject();
            json.WriteEndArray();
        })));
    }

    private static byte[] Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }
}
