using Patrol.Cli.Failures;

namespace Patrol.Cli.Sources.Http;

/// <summary>The address of a system that is reached over HTTP, as somebody wrote it.</summary>
internal static class ApiAddress
{
    /// <summary>The address with a slash at its end, so that paths can be put behind it.</summary>
    /// <param name="option">The option's name, for messages.</param>
    /// <param name="text">What was written.</param>
    /// <param name="api">The path that the API has below it, which people may have written, too.</param>
    /// <exception cref="CliFailure">It is none, or holds a password.</exception>
    public static Uri Read(string option, string text, string api)
    {
        if (!Uri.TryCreate(text.Trim(), UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.Host.Length == 0)
            throw CliFailure.Usage($"--{option}: '{text}' is not an address such as https://{option}.example.com.");
        if (address.UserInfo.Length > 0)
            throw CliFailure.Usage($"--{option}: no names or passwords in addresses, where others could read them; tokens come from the environment or --token-file.");
        if (address.Query.Length > 0 || address.Fragment.Length > 0)
            throw CliFailure.Usage($"--{option}: only the address of the system, without what follows ? or #.");
        var path = address.GetLeftPart(UriPartial.Path).TrimEnd('/');
        if (path.EndsWith($"/{api}", StringComparison.OrdinalIgnoreCase))
            path = path[..^(api.Length + 1)];
        return new Uri($"{path}/");
    }
}
