using Microsoft.Extensions.Primitives;
using Patrol.Core.Doors;
using Patrol.Core.Results;

namespace Patrol.Server.Wire.Doors;

/// <summary>
/// The request that a proxy asks about: nginx's <c>X-Original-URI</c> and <c>-Method</c>, or <c>X-Forwarded-Uri</c> and
/// <c>-Method</c> as Caddy and Traefik send them. Exactly one pair must be there, each header once, or both must say the same:
/// a header that a client slipped in must not decide.
/// </summary>
/// <param name="Request">The request.</param>
/// <param name="Uri">Its address, as sent.</param>
/// <param name="CanRedirect">The proxy hands any answer on; nginx takes 401 and 403 alone.</param>
internal sealed record ForwardedRequest(DoorRequest Request, string Uri, bool CanRedirect)
{
    /// <summary>Whether a proxy asks about a request at all.</summary>
    public static bool IsIn(IHeaderDictionary headers) =>
        headers.ContainsKey("X-Original-URI") || headers.ContainsKey("X-Forwarded-Uri") || headers.ContainsKey("X-Original-Method") || headers.ContainsKey("X-Forwarded-Method");

    /// <summary>Reads it.</summary>
    /// <returns>The request, or a refusal.</returns>
    public static Result<ForwardedRequest> Read(HttpRequest http)
    {
        var headers = http.Headers;
        var (original, forwarded) = (headers["X-Original-URI"], headers["X-Forwarded-Uri"]);
        var (originalMethod, forwardedMethod) = (headers["X-Original-Method"], headers["X-Forwarded-Method"]);
        if (!One(original, forwarded, out var uri) || !One(originalMethod, forwardedMethod, out var method) ||
            original.Count != originalMethod.Count || forwarded.Count != forwardedMethod.Count)
            return new Refusal.Invalid("X-Original-URI, X-Original-Method, X-Forwarded-Uri and X-Forwarded-Method", "must be one pair, each once, and not contradict each other");
        // The server itself has taken over what came from this machine, and put the former host aside; what is left then was one of
        // several. Else it came from a proxy elsewhere.
        var hosts = headers["X-Forwarded-Host"];
        if (hosts.Count > 1 || hosts.ToString().Contains(',') || (hosts.Count == 1 && headers.ContainsKey("X-Original-Host")))
            return new Refusal.Invalid("X-Forwarded-Host", "must name one host");
        var host = hosts.Count == 1 ? hosts.ToString() : http.Host.Value ?? "";
        return DoorPath.Parse(uri).Map(path => new ForwardedRequest(new DoorRequest(method, PlainHost(host), path), uri, CanRedirect: original.Count == 0));
    }

    /// <summary>A host's name in small letters, without port and without a dot at its end.</summary>
    public static string PlainHost(string host)
    {
        var name = host.StartsWith('[') ? host[..(host.IndexOf(']') + 1)] : host.Split(':')[0];
        return name.TrimEnd('.').ToLowerInvariant();
    }

    private static bool One(StringValues original, StringValues forwarded, out string value)
    {
        value = original.Count > 0 ? original.ToString() : forwarded.ToString();
        return original.Count <= 1 && forwarded.Count <= 1 && value.Length > 0 && (original.Count == 0 || forwarded.Count == 0 || original == forwarded);
    }
}
