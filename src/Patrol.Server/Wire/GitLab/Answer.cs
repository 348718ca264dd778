using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Net.Http.Headers;
using Patrol.Core.Results;

namespace Patrol.Server.Wire.GitLab;

/// <summary>
/// What an endpoint answers, in GitLab's shapes. GitLab has several error shapes; each has its maker here, so that an endpoint
/// says which one it means.
/// </summary>
internal abstract class Answer
{
    private const string Json = "application/json";

    // Quotes and letters beyond ASCII as they are, as GitLab writes them: scripts look for its sentences in the bytes.
    private static readonly JsonWriterOptions PlainText = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Bytes, Utf8JsonWriter Writer)? reused;

    /// <summary>204.</summary>
    public static readonly Answer NoContent = new Empty(StatusCodes.Status204NoContent);

    /// <summary>401 without a reason: no token, an unknown one, or something the caller may not know of.</summary>
    public static readonly Answer Unauthorized = Message(StatusCodes.Status401Unauthorized, "401 Unauthorized");

    public static Answer Ok<T>(T value, JsonTypeInfo<T> type) => new Body<T>(StatusCodes.Status200OK, value, type);

    public static Answer Created<T>(T value, JsonTypeInfo<T> type) => new Body<T>(StatusCodes.Status201Created, value, type);

    /// <summary>201 with a bare word, as GitLab answers commands: <c>true</c>, <c>false</c> or <c>null</c>.</summary>
    public static Answer CreatedWord(bool? word) => Created(word, GitLabJson.Default.NullableBoolean);

    /// <summary>202: deletions that GitLab does in the background.</summary>
    public static Answer Accepted() => Message(StatusCodes.Status202Accepted, "202 Accepted");

    /// <summary>The helper's shape: <c>{"message":"…"}</c>.</summary>
    public static Answer Message(int status, string message) => new Body<MessageJson>(status, new MessageJson(message), GitLabJson.Default.MessageJson);

    /// <summary>The parameter check's shape: <c>{"error":"…"}</c>.</summary>
    public static Answer Error(int status, string error) => new Body<ErrorJson>(status, new ErrorJson(error), GitLabJson.Default.ErrorJson);

    /// <summary>400 with the problems of the parameters.</summary>
    public static Answer BadParameters(Parameters parameters) => Error(StatusCodes.Status400BadRequest, parameters.Problems!);

    /// <summary>400 Bad request, with a small r as in GitLab.</summary>
    public static Answer BadRequest(string? why = null) =>
        Message(StatusCodes.Status400BadRequest, why is null ? "400 Bad request" : $"400 Bad request - {why}");

    public static Answer Forbidden(string? why = null) =>
        Message(StatusCodes.Status403Forbidden, why is null ? "403 Forbidden" : $"403 Forbidden - {why}");

    /// <param name="what">A noun (User, Project…) or nothing.</param>
    public static Answer NotFound(string what = "") =>
        Message(StatusCodes.Status404NotFound, what.Length == 0 ? "404 Not Found" : $"404 {what} Not Found");

    /// <summary>The model validation's shape: <c>{"message":{"field":["why"]}}</c>, 400.</summary>
    public static Answer InvalidModel(Refusal.Invalid refusal)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        for (var one = refusal; one is not null; one = one.Also)
            errors[one.Field] = [one.Why];
        return new Body<ModelErrorsJson>(StatusCodes.Status400BadRequest, new ModelErrorsJson(errors), GitLabJson.Default.ModelErrorsJson);
    }

    /// <summary>As <see cref="Refused"/>, but what is invalid in the model validation's shape.</summary>
    public static Answer RefusedModel(Refusal refusal) => refusal is Refusal.Invalid invalid ? InvalidModel(invalid) : Refused(refusal);

    /// <summary>The token check's shape (RFC 6750), with the header where GitLab sends it.</summary>
    public static Answer OAuth(int status, string error, string description, string? scope = null) =>
        new OAuthError(status, new OAuthErrorJson(error, description, scope));

    /// <summary>A refusal in the words that most endpoints have for it; endpoints with words of their own look themselves.</summary>
    public static Answer Refused(Refusal refusal) => refusal switch
    {
        Refusal.NotFound missing => NotFound(missing.What),
        Refusal.Forbidden forbidden => Forbidden(forbidden.Why),
        Refusal.Invalid invalid => BadRequest(Sentence(invalid)),
        Refusal.Conflict conflict => Message(StatusCodes.Status409Conflict, conflict.Why),
        Refusal.WrongState wrong => BadRequest(wrong.Why),
        _ => throw new ArgumentOutOfRangeException(nameof(refusal)),
    };

    /// <summary>Rails' full message: the attribute's name in words, then the reason.</summary>
    public static string Sentence(Refusal.Invalid refusal)
    {
        var field = refusal.Field.Replace('_', ' ');
        return $"{char.ToUpperInvariant(field[0])}{field[1..]} {refusal.Why}";
    }

    public abstract Task Write(HttpResponse response);

    private static (ArrayBufferWriter<byte> Bytes, Utf8JsonWriter Writer) NewWriter()
    {
        var bytes = new ArrayBufferWriter<byte>();
        return (bytes, new Utf8JsonWriter(bytes, PlainText));
    }

    private sealed class Empty(int status) : Answer
    {
        public override Task Write(HttpResponse response)
        {
            response.StatusCode = status;
            return Task.CompletedTask;
        }
    }

    private sealed class Body<T>(int status, T value, JsonTypeInfo<T> type) : Answer
    {
        public override Task Write(HttpResponse response)
        {
            response.StatusCode = status;
            var (bytes, writer) = reused ??= NewWriter();
            bytes.ResetWrittenCount();
            writer.Reset();
            JsonSerializer.Serialize(writer, value, type);
            writer.Flush();
            response.ContentType = Json;
            response.ContentLength = bytes.WrittenCount;
            if (HttpMethods.IsHead(response.HttpContext.Request.Method))
                return Task.CompletedTask;
            // Copies, so that the next answer of this thread may have the buffer.
            response.BodyWriter.Write(bytes.WrittenSpan);
            return response.BodyWriter.FlushAsync().AsTask();
        }
    }

    private sealed class OAuthError(int status, OAuthErrorJson body) : Answer
    {
        public override Task Write(HttpResponse response)
        {
            if (status == StatusCodes.Status401Unauthorized)
            {
                response.Headers[HeaderNames.WWWAuthenticate] =
                    $"Bearer realm=\"Protected by OAuth 2.0\", error=\"{body.Error}\", error_description=\"{body.ErrorDescription}\"";
            }
            return new Body<OAuthErrorJson>(status, body, GitLabJson.Default.OAuthErrorJson).Write(response);
        }
    }
}
