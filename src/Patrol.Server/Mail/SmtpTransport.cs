using System.Net;
using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Patrol.Server.Mail;

/// <summary>
/// Mails by SMTP. Encrypted where the server offers it; a password goes over an encrypted line, or to this very machine, or not at
/// all. Certificates must be good.
/// </summary>
internal sealed class SmtpTransport(SmtpAddress address, MailboxAddress from) : IMailTransport
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public async Task<IMailSession> Connect(CancellationToken stopping)
    {
        // Lists of revoked certificates are not looked up: authorities within companies seldom have any, and mails would wait for them.
        var client = new SmtpClient { Timeout = (int)Patience.TotalMilliseconds, LocalDomain = from.Domain, CheckCertificateRevocation = false };
        try
        {
            await client.ConnectAsync(address.Host, address.Port, Security, stopping);
            if (address is { User: { } user, Password: { } password })
                await client.AuthenticateAsync(new NetworkCredential(user, password.Reveal()), stopping);
            return new Session(client, from);
        }
        catch (Exception fault) when (IsAway(fault) || fault is AuthenticationException or SmtpCommandException or NotSupportedException)
        {
            client.Dispose();
            throw new MailAwayException($"{address.Host}:{address.Port}: {fault.Message.ReplaceLineEndings(" ")}");
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    private SecureSocketOptions Security => address.Secured ? SecureSocketOptions.SslOnConnect
        : address.User is not null && !IsHere(address.Host) ? SecureSocketOptions.StartTls
        : SecureSocketOptions.StartTlsWhenAvailable;

    private static bool IsHere(string host) => host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));

    private static bool IsAway(Exception fault) =>
        fault is SocketException or IOException or ProtocolException or SslHandshakeException or TimeoutException or ServiceNotConnectedException or ServiceNotAuthenticatedException
        or SmtpCommandException { StatusCode: SmtpStatusCode.ServiceNotAvailable };

    private sealed class Session(SmtpClient client, MailboxAddress from) : IMailSession
    {
        public async Task Send(OutgoingMail mail, CancellationToken stopping)
        {
            using var message = MailMessages.Build(mail, from);
            try
            {
                await client.SendAsync(message, stopping);
            }
            catch (Exception fault) when (IsAway(fault))
            {
                throw new MailAwayException(fault.Message.ReplaceLineEndings(" "));
            }
            catch (Exception fault) when (fault is SmtpCommandException or NotSupportedException or FormatException)
            {
                // Without mail extensions the server knows no address with letters beyond ASCII.
                throw new MailRefusedException(fault.Message.ReplaceLineEndings(" "));
            }
        }

        public async ValueTask DisposeAsync()
        {
            try
            {
                await client.DisconnectAsync(quit: client.IsConnected, CancellationToken.None);
            }
            catch (Exception fault) when (IsAway(fault) || fault is SmtpCommandException)
            {
                // The mails are sent; nobody needs the goodbye.
            }
            client.Dispose();
        }
    }
}
