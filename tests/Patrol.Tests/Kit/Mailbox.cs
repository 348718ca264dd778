using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MimeKit;

namespace Patrol.Tests.Kit;

/// <summary>A mail server that keeps what it gets: enough of SMTP (RFC 5321) for a client to believe in it.</summary>
internal sealed class Mailbox : IAsyncDisposable
{
    private readonly CancellationTokenSource closing = new();
    private readonly ConcurrentQueue<(string To, ReadMail Mail)> mails = new();
    private TcpListener listener = new(IPAddress.Loopback, 0);
    private Task accepting;

    public Mailbox()
    {
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        accepting = Accept(listener);
    }

    public int Port { get; }

    /// <summary>What to answer to a recipient; null to take the mail.</summary>
    public Func<string, string?> Refuses { get; set; } = _ => null;

    /// <summary>The one user and password that it lets in; null if it asks for none.</summary>
    public (string User, string Password)? Account { get; init; }

    /// <summary>What it proves itself with; null if it speaks in the clear.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>TLS from the first byte, and not after STARTTLS.</summary>
    public bool Secured { get; init; }

    /// <summary>Called when a mail is about to begin, with <c>MAIL</c>, and when one was kept and is not yet answered, with <c>DATA</c>.</summary>
    public Func<string, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>How many of the mails came encrypted.</summary>
    public int Encrypted { get; private set; }

    /// <summary>Mails in the order in which they came, each with the address it was sent to.</summary>
    public List<(string To, ReadMail Mail)> Mails => [.. mails];

    /// <summary>Nobody answers any more, until it is opened again.</summary>
    public async Task Shut()
    {
        listener.Stop();
        await accepting;
    }

    public void OpenAgain()
    {
        listener = new TcpListener(IPAddress.Loopback, Port);
        listener.Start();
        accepting = Accept(listener);
    }

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await Shut();
        closing.Dispose();
    }

    private async Task Accept(TcpListener from)
    {
        try
        {
            while (true)
            {
                var client = await from.AcceptTcpClientAsync(closing.Token);
                _ = Talk(client);
            }
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            return;
        }
    }

    private async Task Talk(TcpClient client)
    {
        using var _ = client;
        var (to, isIn) = (new List<string>(), Account is null);
        Stream stream = client.GetStream();
        try
        {
            if (Secured)
                stream = await Encrypt(stream);
            var (reader, writer) = Open(stream);
            await writer.WriteLineAsync("220 mailbox");
            while (await reader.ReadLineAsync(closing.Token) is { } line)
            {
                var verb = line.Split(' ', ':')[0].ToUpperInvariant();
                switch (verb)
                {
                    case "EHLO" when Account is not null:
                        await writer.WriteLineAsync("250-mailbox\r\n250 AUTH PLAIN");
                        break;
                    case "EHLO" when Certificate is not null && stream is not SslStream:
                        await writer.WriteLineAsync("250-mailbox\r\n250 STARTTLS");
                        break;
                    case "STARTTLS":
                        await writer.WriteLineAsync("220 go on");
                        stream = await Encrypt(stream);
                        (reader, writer) = Open(stream);
                        break;
                    case "AUTH" when line.Split(' ') is [_, _, var plain]:
                        isIn = Encoding.UTF8.GetString(Convert.FromBase64String(plain)) == $"\0{Account?.User}\0{Account?.Password}";
                        await writer.WriteLineAsync(isIn ? "235 come in" : "535 no");
                        break;
                    case "MAIL" when !isIn:
                        await writer.WriteLineAsync("530 sign in first");
                        break;
                    case "MAIL":
                        await Before(verb);
                        await writer.WriteLineAsync("250 yes");
                        break;
                    case "RCPT":
                        var address = line[(line.IndexOf('<') + 1)..line.IndexOf('>')];
                        var refusal = Refuses(address);
                        if (refusal is null)
                            to.Add(address);
                        await writer.WriteLineAsync(refusal ?? "250 yes");
                        break;
                    case "DATA":
                        await writer.WriteLineAsync("354 go on");
                        var text = new StringBuilder();
                        while (await reader.ReadLineAsync(closing.Token) is { } part && part != ".")
                            text.Append(part.StartsWith('.') ? part[1..] : part).Append("\r\n");
                        using (var bytes = new MemoryStream(Encoding.Latin1.GetBytes(text.ToString())))
                        {
                            var mail = await MimeMessage.LoadAsync(bytes, closing.Token);
                            foreach (var one in to)
                                mails.Enqueue((one, ReadMail.Of(mail)));
                        }
                        to.Clear();
                        if (stream is SslStream)
                            Encrypted++;
                        await Before(verb);
                        await writer.WriteLineAsync("250 kept");
                        break;
                    case "RSET":
                        to.Clear();
                        await writer.WriteLineAsync("250 yes");
                        break;
                    case "QUIT":
                        await writer.WriteLineAsync("221 bye");
                        return;
                    default:
                        await writer.WriteLineAsync("250 yes");
                        break;
                }
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or AuthenticationException)
        {
            return;
        }
        finally
        {
            await stream.DisposeAsync();
        }
    }

    private async Task<Stream> Encrypt(Stream stream)
    {
        var encrypted = new SslStream(stream);
        await encrypted.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = Certificate }, closing.Token);
        return encrypted;
    }

    private static (StreamReader Reader, StreamWriter Writer) Open(Stream stream) =>
        (new StreamReader(stream, Encoding.Latin1), new StreamWriter(stream, Encoding.Latin1) { AutoFlush = true, NewLine = "\r\n" });
}
