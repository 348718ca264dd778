namespace Patrol.Server.Start;

/// <summary>An OpenID Connect provider with whom people sign in.</summary>
/// <param name="Authority">Its address; below it lies <c>.well-known/openid-configuration</c>.</param>
/// <param name="ClientId">Who this server is to it.</param>
/// <param name="ClientSecret">What proves that; empty where the provider asks for none.</param>
/// <param name="Name">What people call it.</param>
public sealed record ProviderOptions(Uri Authority, string ClientId, string? ClientSecret, string Name)
{
    /// <summary>Reads <c>Patrol:OpenIdConnect:…</c>; null if there is no provider.</summary>
    /// <exception cref="StartException">Something is wrong or missing.</exception>
    public static ProviderOptions? Read(IConfiguration settings)
    {
        var section = settings.GetSection("OpenIdConnect");
        string? Text(string name) => string.IsNullOrWhiteSpace(section[name]) ? null : section[name]!.Trim();
        if (Text("Authority") is not { } authority)
            return section.Exists() ? throw new StartException("Patrol:OpenIdConnect:Authority is missing.") : null;
        // Whoever could change an answer on the way could sign in as anybody.
        if (!Uri.TryCreate(authority, UriKind.Absolute, out var url) || !(url.Scheme == "https" || (url.Scheme == "http" && url.IsLoopback)))
            throw new StartException($"Patrol:OpenIdConnect:Authority: '{authority}' is not an https URL.");
        var clientId = Text("ClientId") ?? throw new StartException("Patrol:OpenIdConnect:ClientId is missing.");
        return new ProviderOptions(url, clientId, ReadSecret(Text("ClientSecretFile")), Text("Name") ?? url.Host);
    }

    private static string? ReadSecret(string? file)
    {
        try
        {
            return file is null ? null : File.ReadAllText(file).Trim();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"Patrol:OpenIdConnect:ClientSecretFile: cannot read {file}: {fault.Message}");
        }
    }

    // A record writes all it has; a secret is not to come along.
    public override string ToString() => $"{Name} ({Authority})";
}
