namespace Patrol.Server.Settings;

/// <summary>The server's address as people know it, for what is written without a request: mails, webhooks.</summary>
public sealed class PublicAddress(Uri? told, Func<string?> listening)
{
    /// <summary>The address as it was told at the start, else where the server listens; without a slash at the end.</summary>
    public string Server => (told?.ToString() ?? listening() ?? "http://localhost").TrimEnd('/');

    /// <summary>The domain of addresses that mails come from.</summary>
    public string MailDomain => told is { HostNameType: UriHostNameType.Dns } ? told.IdnHost : "localhost";
}
