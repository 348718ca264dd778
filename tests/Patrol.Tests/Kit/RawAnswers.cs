using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Patrol.Server.Wire.GitLab;

namespace Patrol.Tests.Kit;

/// <summary>An answer to the byte.</summary>
internal sealed record RawAnswer(int Status, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>The header's value, or null if it is not there.</summary>
    public string? Header(string name) => Headers.GetValueOrDefault(name);

    public override string ToString() => $"{Status} {Body}";
}

/// <summary>An endpoint of the GitLab API: a method and the pattern of its path below <c>/api/v4</c>.</summary>
internal sealed record ApiEndpoint(string Method, string Pattern)
{
    public bool Reads => Method == "GET";

    public override string ToString() => $"{Method} {Pattern}";

    /// <summary>The path with values in the places of its parameters.</summary>
    public string Path(Func<string, string> value) =>
        string.Join('/', Pattern.TrimStart('/').Split('/').Select(part => part.StartsWith('{') ? value(part.Trim('{', '}')) : part));
}

/// <summary>Requests as they are on the wire, and what the server says of itself.</summary>
internal static class RawAnswers
{
    /// <summary>Sends exactly this.</summary>
    public static async Task<RawAnswer> Ask(this HttpClient client, HttpMethod method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await client.SendAsync(request);
        // As they came: reading the content would put the media type into .NET's form.
        var all = response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated)
            .ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        return new RawAnswer((int)response.StatusCode, await response.Content.ReadAsStringAsync(), all);
    }

    public static Task<RawAnswer> Ask(this HttpClient client, string path, params (string Name, string Value)[] headers) =>
        client.Ask(HttpMethod.Get, path, null, headers);

    public static StringContent Body(string text, string? type = "application/json")
    {
        var content = new StringContent(text);
        content.Headers.ContentType = null;
        if (type is not null)
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        return content;
    }

    /// <summary>Every endpoint of the GitLab API that the server has.</summary>
    public static List<ApiEndpoint> Endpoints(this PatrolApp app) =>
    [
        .. app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith(GitLabRoutes.Root, StringComparison.Ordinal))
            .Select(endpoint => new ApiEndpoint(
                endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0], endpoint.RoutePattern.RawText![GitLabRoutes.Root.Length..])),
    ];

    /// <summary>Makes a token through the API, as root; answers its id and text.</summary>
    public static async Task<(long Id, string Text)> NewToken(this PatrolApp app, long userId, object order)
    {
        var (status, body) = await app.Client().Post($"users/{userId}/personal_access_tokens", order);
        Assert.Equal((201, ""), (status, status == 201 ? "" : body.ToString()));
        return (body.GetProperty("id").GetInt64(), body.GetProperty("token").GetString()!);
    }

    public static Task<(long Id, string Text)> NewToken(this PatrolApp app, long userId, params string[] scopes) =>
        app.NewToken(userId, new { name = "new", scopes = scopes.Length == 0 ? ["api"] : scopes });

    /// <summary>The names of an object's members, in order of name.</summary>
    public static string[] Keys(this JsonElement body) => [.. body.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal)];

    public static long Id(this JsonElement body) => body.GetProperty("id").GetInt64();
}
