namespace Patrol.Server.Start;

/// <summary>
/// Stands before everything that asks for the host: an internationalized name ("xn--…", RFC 5891) that cannot be decoded would throw wherever
/// <see cref="HttpRequest.Host"/> is read, in the framework's own steps too.
/// </summary>
internal static class ReadableHost
{
    private const string EncodedLabel = "xn--";

    /// <exception cref="BadHttpRequestException">The host that is asked for, or that a proxy says was asked for, is no host.</exception>
    public static Task Check(HttpContext http, RequestDelegate next)
    {
        Check(http.Request.Headers.Host);
        Check(http.Request.Headers["X-Forwarded-Host"]);
        return next(http);
    }

    private static void Check(string? hosts)
    {
        if (hosts is null || !hosts.Contains(EncodedLabel, StringComparison.Ordinal))
            return;
        try
        {
            foreach (var host in hosts.Split(',', StringSplitOptions.TrimEntries))
                HostString.FromUriComponent(host).ToUriComponent();
        }
        catch (ArgumentException fault)
        {
            throw new BadHttpRequestException("The host is no name that can be decoded.", fault);
        }
    }
}
