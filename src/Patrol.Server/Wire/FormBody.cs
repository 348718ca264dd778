namespace Patrol.Server.Wire;

/// <summary>Reads a form that somebody sent.</summary>
internal static class FormBody
{
    /// <returns>Null if the form has no boundary, is cut off, or is in letters that nobody knows.</returns>
    /// <exception cref="BadHttpRequestException">It is too large, or its sender hung up.</exception>
    public static async Task<IFormCollection?> Read(HttpRequest request)
    {
        try
        {
            return await request.ReadFormAsync(request.HttpContext.RequestAborted);
        }
        // Not supported: UTF-7. An argument: a charset without such a name. An input fault that is not HTTP's: a multipart form that ends before its end.
        catch (Exception fault) when (fault is InvalidDataException or NotSupportedException or ArgumentException || (fault is IOException and not BadHttpRequestException))
        {
            return null;
        }
    }
}
