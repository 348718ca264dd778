using System.Text;
using MimeKit;

namespace Patrol.Server.Mail;

/// <summary>Mails as <c>.eml</c> files in a folder, for where there is no mail server: any mail program opens them.</summary>
internal sealed class FolderTransport(string folder, MailboxAddress from) : IMailTransport, IMailSession
{
    public Task<IMailSession> Connect(CancellationToken stopping) => Task.FromResult<IMailSession>(this);

    public async Task Send(OutgoingMail mail, CancellationToken stopping)
    {
        using var message = MailMessages.Build(mail, from);
        var name = $"{mail.Date.UtcDateTime:yyyyMMdd-HHmmss}-{mail.Id.Split('.')[0]}.eml";
        try
        {
            Start.DataFolder.WritePrivate(Path.Combine(folder, name), await Text(message));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new MailAwayException(fault.Message);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async Task<string> Text(MimeMessage message)
    {
        // Encoded for seven bits, so that the file is the same bytes as on the wire.
        message.Prepare(EncodingConstraint.SevenBit);
        using var bytes = new MemoryStream();
        await message.WriteToAsync(bytes);
        return Encoding.ASCII.GetString(bytes.ToArray());
    }
}
