using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Net.Http.Headers;

namespace Patrol.Server.Wire.GitLab;

/// <summary>Gathers a request's parameters: query, then body, then path; what comes later wins.</summary>
internal static class ParameterReader
{
    /// <summary>Reads them.</summary>
    /// <exception cref="MalformedParametersException">They cannot be read.</exception>
    /// <exception cref="UnsupportedContentException">The body is of a type that the API does not take.</exception>
    public static async ValueTask<Parameters> Read(HttpContext http)
    {
        var parameters = new Parameters();
        var request = http.Request;
        if (request.QueryString is { HasValue: true, Value: var query })
        {
            if (query.Contains('%') && !IsUtf8(Encoding.UTF8.GetBytes(query), isEncoded: true))
                throw new MalformedParametersException("parameters are not valid UTF-8");
            foreach (var (name, values) in request.Query)
                parameters.Add(name, values);
        }
        if (request.ContentLength is > 0 || (request.ContentLength is null && request.Headers.TransferEncoding.Count > 0))
            await ReadBody(http, parameters);
        foreach (var (name, value) in request.RouteValues)
            parameters.Add(name, Unescape((string)value!));
        return parameters;
    }

    private static async Task ReadBody(HttpContext http, Parameters parameters)
    {
        var request = http.Request;
        var type = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed : null;
        try
        {
            if (request.HasFormContentType)
            {
                foreach (var (name, values) in await ReadForm(request, type!))
                    parameters.Add(name, values);
            }
            else if (type?.MediaType.Value is null or "application/json" || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))
            {
                using var body = await JsonDocument.ParseAsync(request.Body, default, http.RequestAborted);
                parameters.Add(body.RootElement);
            }
            else
                throw new UnsupportedContentException($"The provided content-type '{type.MediaType}' is not supported.");
        }
        catch (JsonException)
        {
            throw Unreadable();
        }
    }

    private static async Task<IFormCollection> ReadForm(HttpRequest request, MediaTypeHeaderValue type)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        var isEncoded = !type.MediaType.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase);
        if ((!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase)) && !IsUtf8(body.GetBuffer().AsSpan(0, (int)body.Length), isEncoded))
            throw Unreadable();
        body.Position = 0;
        request.Body = body;
        return await FormBody.Read(request) ?? throw Unreadable();
    }

    // The framework drops bytes that are none, or leaves %ff as these three characters.
    private static bool IsUtf8(ReadOnlySpan<byte> bytes, bool isEncoded) =>
        Utf8.IsValid(isEncoded && bytes.Contains((byte)'%') ? WebUtility.UrlDecodeToBytes(bytes.ToArray(), 0, bytes.Length) : bytes);

    private static MalformedParametersException Unreadable() => new("message body does not match declared format");

    // The server leaves an encoded slash in a path's value as it is, so that "group%2Fproject" stays one value.
    private static string Unescape(string value) => value.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}

/// <summary>The body is of a type that the API does not take.</summary>
internal sealed class UnsupportedContentException(string message) : Exception(message);
