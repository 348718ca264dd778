using System.Net;
using System.Text;
using System.Text.Unicode;
using Microsoft.Net.Http.Headers;

namespace Patrol.Server.Wire;

/// <summary>Reads a form that somebody sent.</summary>
internal static class FormBody
{
    /// <returns>Null if the form has no boundary, is cut off, is in letters that nobody knows, or is not the UTF-8 that it should be.</returns>
    /// <exception cref="BadHttpRequestException">It is too large, or its sender hung up.</exception>
    public static async Task<IFormCollection?> Read(HttpRequest request)
    {
        var cancellation = request.HttpContext.RequestAborted;
        try
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body, cancellation);
            // The framework drops bytes that are no UTF-8, or leaves %ff as these three characters.
            if (MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && (!type.Charset.HasValue || Encoding.UTF8.Equals(type.Encoding)) &&
                !IsUtf8(body.GetBuffer().AsSpan(0, (int)body.Length), isEncoded: !type.MediaType.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase)))
                return null;
            body.Position = 0;
            request.Body = body;
            return await request.ReadFormAsync(cancellation);
        }
        // Not supported: UTF-7. An argument: a charset without such a name. An input fault that is not HTTP's: a multipart form that ends before its end.
        catch (Exception fault) when (fault is InvalidDataException or NotSupportedException or ArgumentException || (fault is IOException and not BadHttpRequestException))
        {
            return null;
        }
    }

    /// <summary>Whether bytes are UTF-8.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="isEncoded">They count as what they are once their percent signs are resolved.</param>
    public static bool IsUtf8(ReadOnlySpan<byte> bytes, bool isEncoded) =>
        Utf8.IsValid(isEncoded && bytes.Contains((byte)'%') ? WebUtility.UrlDecodeToBytes(bytes.ToArray(), 0, bytes.Length) : bytes);
}
