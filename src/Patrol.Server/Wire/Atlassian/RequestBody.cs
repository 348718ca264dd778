using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Patrol.Core.Results;

namespace Patrol.Server.Wire.Atlassian;

/// <summary>Reads a request's JSON.</summary>
internal static class RequestBody
{
    /// <summary>What the body says, or the answer to one that cannot be read.</summary>
    public static async Task<(T? Value, Answer? Wrong)> Read<T>(HttpRequest request, JsonTypeInfo<T> type)
        where T : class
    {
        // Also in other encodings, if they are named and known.
        if (!request.HasJsonContentType())
            return (null, Answer.Error(StatusCodes.Status415UnsupportedMediaType, "The body must be JSON, sent as application/json."));
        try
        {
            return await request.ReadFromJsonAsync(type, request.HttpContext.RequestAborted) is { } value ? (value, null) : (null, NoObject);
        }
        catch (JsonException fault)
        {
            // What is no JSON at all has a JSON fault within, and the field that was read last is not to blame.
            var field = fault.InnerException is JsonException ? null : fault.Path?.TrimStart('$', '.');
            return (null, string.IsNullOrEmpty(field) ? NoObject : Answer.Refused(new Refusal.Invalid(field, "has a value of the wrong type")));
        }
        catch (InvalidOperationException)
        {
            return (null, Answer.Error(StatusCodes.Status415UnsupportedMediaType, "The body's charset is not known; send UTF-8."));
        }
    }

    private static Answer NoObject => Answer.Error(StatusCodes.Status400BadRequest, "The body is not a JSON object.");
}
