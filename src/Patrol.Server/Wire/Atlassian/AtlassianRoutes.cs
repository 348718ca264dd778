using Patrol.Server.Access;

namespace Patrol.Server.Wire.Atlassian;

/// <summary>Does one endpoint's work.</summary>
internal delegate Task<Answer> AtlassianHandler(AtlassianRequest request);

/// <summary>One request, after it is known who is calling.</summary>
/// <param name="Http">The request itself.</param>
/// <param name="Now">The instant of the request; there is no other clock.</param>
/// <param name="Context">Where the product is, such as <c>/jira</c>; empty at the root.</param>
/// <param name="RootUrl">This server's address as clients know it, without a slash at the end.</param>
/// <param name="CallerOrNobody">Who is calling; null at the endpoints that allow it.</param>
internal sealed record AtlassianRequest(HttpContext Http, DateTimeOffset Now, string Context, string RootUrl, Caller? CallerOrNobody)
{
    /// <summary>The product's address as clients know it, the context included.</summary>
    public string BaseUrl => RootUrl + Context;

    /// <summary>Who is calling.</summary>
    /// <exception cref="InvalidOperationException">Nobody is, and the endpoint is one that allows it.</exception>
    public Caller Caller => CallerOrNobody ?? throw new InvalidOperationException("The endpoint allows anonymous callers.");
}

/// <summary>
/// The table of the API below one context: each line maps a method and a path to a handler. <c>latest</c> is another name of a
/// module's newest version, here its only one. GET endpoints answer HEAD as well.
/// </summary>
internal sealed class AtlassianRoutes(IEndpointRouteBuilder endpoints, AtlassianGate gate, string context)
{
    private const string Latest = "latest";

    public void Get(string module, string? version, string path, AtlassianHandler handler) => Map([HttpMethods.Get, HttpMethods.Head], module, version, path, handler);

    public void Post(string module, string? version, string path, AtlassianHandler handler, bool anonymous = false) =>
        Map([HttpMethods.Post], module, version, path, handler, anonymous);

    public void Delete(string module, string? version, string path, AtlassianHandler handler) => Map([HttpMethods.Delete], module, version, path, handler);

    private void Map(string[] methods, string module, string? version, string path, AtlassianHandler handler, bool anonymous = false)
    {
        foreach (var one in version is null ? (string[])[""] : [$"/{version}", $"/{Latest}"])
        {
            var route = $"{context}/rest/{module}{one}{path}";
            endpoints.MapMethods(route, methods, http => gate.Handle(http, context, route, anonymous, handler)).ExcludeFromDescription();
        }
    }
}
