using Patrol.Core.Tokens;

namespace Patrol.Server.Mail;

/// <summary>Where mails are sent: <c>smtp://user:password@host:port</c> or <c>smtps://…</c>.</summary>
/// <param name="Secured">TLS from the first byte on.</param>
/// <param name="Password">Never printed; null without a user.</param>
internal sealed record SmtpAddress(bool Secured, string Host, int Port, string? User, Secret? Password)
{
    private const int PlainPort = 25, SecuredPort = 465;

    /// <summary>Reads an address; null if it is none.</summary>
    public static SmtpAddress? Read(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("smtp" or "smtps") || url.Host.Length == 0
            || url.PathAndQuery is not ("" or "/") || url.Fragment.Length > 0)
            return null;
        var secured = url.Scheme == "smtps";
        var user = url.UserInfo.Split(':', 2);
        return new SmtpAddress(
            secured, url.IdnHost, url.Port > 0 ? url.Port : secured ? SecuredPort : PlainPort,
            user[0].Length == 0 ? null : Uri.UnescapeDataString(user[0]),
            user[0].Length == 0 ? null : new Secret(Uri.UnescapeDataString(user.Length > 1 ? user[1] : "")));
    }
}
