using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Patrol.Core.Results;

namespace Patrol.Server.Wire.Atlassian;

/// <summary>
/// What an endpoint answers. What the products' own error bodies look like is not documented, so each error is told in all the
/// ways that clients look for: <c>message</c> and <c>status-code</c> as in Confluence, <c>errorMessages</c> and <c>errors</c> as in Jira.
/// </summary>
internal sealed class Answer
{
    /// <summary>To the letter: atlassian-python-api reads the body of a 401 under this type alone.</summary>
    public const string Json = "application/json;charset=UTF-8";

    // Letters beyond ASCII and quotes as they are.
    private static readonly JsonSerializerOptions Plain = new(AtlassianJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly byte[]? body;

    private Answer(int status, byte[]? body) => (Status, this.body) = (status, body);

    public int Status { get; }

    /// <summary>204.</summary>
    public static readonly Answer NoContent = new(StatusCodes.Status204NoContent, null);

    /// <summary>401, in Confluence's words, whatever is wrong with the credentials.</summary>
    public static readonly Answer Unauthorized = Error(StatusCodes.Status401Unauthorized, "Client must be authenticated to access this resource.");

    public static Answer Ok<T>(T value) => Of(StatusCodes.Status200OK, value);

    public static Answer Created<T>(T value) => Of(StatusCodes.Status201Created, value);

    public static Answer Error(int status, string message) => Of(status, new ErrorJson(message, status));

    public static Answer Refused(Refusal refusal) => refusal switch
    {
        Refusal.NotFound missing => Error(StatusCodes.Status404NotFound, $"{missing.What} not found."),
        Refusal.Forbidden forbidden => Error(StatusCodes.Status403Forbidden, $"{forbidden.Why ?? "You are not permitted to do this"}."),
        Refusal.Invalid invalid => Error(StatusCodes.Status400BadRequest, $"{invalid.Field} {invalid.Why}."),
        Refusal.WrongState wrong => Error(StatusCodes.Status400BadRequest, wrong.Why),
        Refusal.Conflict conflict => Error(StatusCodes.Status409Conflict, conflict.Why),
        _ => throw new ArgumentOutOfRangeException(nameof(refusal)),
    };

    public Task Write(HttpResponse response)
    {
        response.StatusCode = Status;
        if (body is null)
            return Task.CompletedTask;
        response.ContentType = Json;
        response.ContentLength = body.Length;
        return HttpMethods.IsHead(response.HttpContext.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body).AsTask();
    }

    private static Answer Of<T>(int status, T value) => new(status, JsonSerializer.SerializeToUtf8Bytes(value, (JsonTypeInfo<T>)Plain.GetTypeInfo(typeof(T))));
}
