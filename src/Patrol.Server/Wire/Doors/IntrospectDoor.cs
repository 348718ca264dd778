using System.Text.Json;
using System.Text.Json.Serialization;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Telemetry;

namespace Patrol.Server.Wire.Doors;

/// <summary>
/// <c>POST /oauth/introspect</c> (RFC 7662): services with credentials of their own ask what a token is. Our own extension: a JSON
/// body with up to 1,000 <c>tokens</c> is answered with as many <c>results</c>. A question counts as a use of the token, and never
/// against the service's address.
/// </summary>
internal sealed class IntrospectDoor(TokenVerifier verifier, ClientGate gate, DoorAnswers answers, TimeProvider time)
{
    private const string Route = "/oauth/introspect";
    private const int MostTokens = 1_000;
    private const string FormType = "application/x-www-form-urlencoded";

    /// <summary>Answers right away, as the verification door does.</summary>
    public void StandBeforeRouting(IApplicationBuilder app) => app.Use(next => http =>
        http.Request.Path.Value == Route && HttpMethods.IsPost(http.Request.Method) ? Handle(http) : next(http));

    /// <summary>Maps the address for other methods' sake.</summary>
    public void Map(IEndpointRouteBuilder endpoints) => endpoints.MapMethods(Route, [HttpMethods.Post], Handle).ExcludeFromDescription();

    private async Task Handle(HttpContext http)
    {
        var knock = Knock.At(DoorKind.Introspection, time);
        if (http.Request.HasFormContentType)
            await One(http, knock);
        else if (http.Request.HasJsonContentType())
            await Batch(http, knock);
        else
            await Refuse(http, knock, StatusCodes.Status400BadRequest, "invalid_request", $"The body must be {FormType}, or JSON with 'tokens'.");
    }

    private async Task One(HttpContext http, Knock knock)
    {
        if (await FormBody.Read(http.Request) is not { } form)
        {
            await Refuse(http, knock, StatusCodes.Status400BadRequest, "invalid_request", "The form cannot be read.");
            return;
        }
        if (await gate.Find(http.Request, form) is null)
        {
            await RefuseClient(http, knock);
            return;
        }
        if (form["token"].Count != 1)
        {
            await Refuse(http, knock, StatusCodes.Status400BadRequest, "invalid_request", "token must be given once.");
            return;
        }
        await Write(http, knock, await Introspect(form["token"].ToString(), knock.Now), IntrospectionJson.Default.Introspection);
    }

    private async Task Batch(HttpContext http, Knock knock)
    {
        if (await gate.Find(http.Request, null) is null)
        {
            await RefuseClient(http, knock);
            return;
        }
        IntrospectionBatch? batch;
        try
        {
            // Always UTF-8 (RFC 8259, 8.1), whatever charset is named.
            batch = await JsonSerializer.DeserializeAsync(http.Request.Body, IntrospectionJson.Default.IntrospectionBatch, http.RequestAborted);
        }
        catch (JsonException)
        {
            batch = null;
        }
        if (batch is not { Tokens.Length: > 0 and <= MostTokens } || Array.Exists(batch.Tokens, token => token is null))
        {
            await Refuse(http, knock, StatusCodes.Status400BadRequest, "invalid_request", $"The body must be {{\"tokens\":[…]}} with 1 to {MostTokens} texts.");
            return;
        }
        var results = new Introspection[batch.Tokens.Length];
        for (var i = 0; i < results.Length; i++)
            results[i] = await Introspect(batch.Tokens[i]!, knock.Now);
        await Write(http, knock, new IntrospectionResults(results), IntrospectionJson.Default.IntrospectionResults);
    }

    private async ValueTask<Introspection> Introspect(string text, DateTimeOffset now)
    {
        var (verdict, token, _) = await verifier.Verify(text, address: null, now);
        return verdict != TokenVerdict.Good ? Introspection.Inactive : new Introspection(true)
        {
            Scope = token!.ScopesText,
            Username = token.Owner.Username,
            TokenType = "Bearer",
            Sub = token.UserIdText,
            Jti = token.TokenIdText,
            Iat = token.Token.CreatedAt.ToUnixTimeSeconds(),
            Exp = token.Token.ExpiresAt?.ToUnixTimeSeconds(),
        };
    }

    private Task Write<T>(HttpContext http, Knock knock, T answer, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> shape)
    {
        answers.Count(knock, StatusCodes.Status200OK);
        var response = http.Response;
        response.Headers.CacheControl = "no-store";
        response.ContentType = "application/json";
        var bytes = JsonSerializer.SerializeToUtf8Bytes(answer, shape);
        response.ContentLength = bytes.Length;
        return response.Body.WriteAsync(bytes, 0, bytes.Length);
    }

    private Task RefuseClient(HttpContext http, Knock knock)
    {
        http.Response.Headers.WWWAuthenticate = ClientGate.Challenge;
        return Refuse(http, knock, StatusCodes.Status401Unauthorized, "invalid_client", ClientGate.Advice);
    }

    private Task Refuse(HttpContext http, Knock knock, int status, string error, string description)
    {
        answers.Count(knock, status);
        http.Response.StatusCode = status;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(JsonSerializer.Serialize(new IntrospectionError(error, description), IntrospectionJson.Default.IntrospectionError));
    }
}

/// <summary>What a token is, in RFC 7662's words; <c>sub</c> is the owner's id, <c>jti</c> the token's.</summary>
internal sealed record Introspection(bool Active)
{
    public static readonly Introspection Inactive = new(false);

    public string? Scope { get; init; }
    public string? Username { get; init; }
    public string? TokenType { get; init; }
    public string? Sub { get; init; }
    public string? Jti { get; init; }
    public long? Iat { get; init; }
    public long? Exp { get; init; }
}

internal sealed record IntrospectionBatch(string?[] Tokens);

internal sealed record IntrospectionResults(Introspection[] Results);

internal sealed record IntrospectionError(string Error, string ErrorDescription);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Introspection))]
[JsonSerializable(typeof(IntrospectionBatch))]
[JsonSerializable(typeof(IntrospectionResults))]
[JsonSerializable(typeof(IntrospectionError))]
internal sealed partial class IntrospectionJson : JsonSerializerContext;
