using Microsoft.Net.Http.Headers;

namespace Patrol.Server.Wire.GitLab;

/// <summary>A token as it came with a request.</summary>
/// <param name="Text">Its text.</param>
/// <param name="HeaderType">How it came, in the words of GitLab's log.</param>
internal readonly record struct PresentedToken(string Text, string HeaderType)
{
    // A CI job's token, which this server does not know, is not looked up as a personal one.
    private const string JobTokenPrefix = "glcbt-";

    /// <summary>
    /// The first of GitLab's ways that holds something: parameter <c>private_token</c>, header <c>PRIVATE-TOKEN</c>, parameter
    /// <c>access_token</c>, bearer header, parameter <c>bearer_token</c>. Basic is not one of them.
    /// </summary>
    public static PresentedToken? Find(HttpRequest request, Parameters parameters)
    {
        if (Parameter(parameters, "private_token") is { } parameter)
            return new(parameter, "private_token_param");
        if (request.Headers.TryGetValue("PRIVATE-TOKEN", out var header) && header.ToString() is { Length: > 0 } text)
            return text.StartsWith(JobTokenPrefix, StringComparison.Ordinal) ? null : new(text, "private_token_header");
        if (Parameter(parameters, "access_token") is { } oauth)
            return new(oauth, "other");
        if (Bearer(request) is { } bearer)
            return new(bearer, "bearer");
        return Parameter(parameters, "bearer_token") is { } last ? new(last, "other") : null;
    }

    /// <summary>The text of an <c>Authorization: Bearer</c> header, or null.</summary>
    public static string? Bearer(HttpRequest request)
    {
        const string scheme = "Bearer ";
        var header = request.Headers[HeaderNames.Authorization].ToString();
        return header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) && header[scheme.Length..].Trim() is { Length: > 0 } text ? text : null;
    }

    private static string? Parameter(Parameters parameters, string name) =>
        parameters.Has(name) && parameters.Text(name) is { Length: > 0 } text ? text : null;
}
