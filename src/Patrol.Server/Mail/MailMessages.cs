using MimeKit;
using MimeKit.Text;

namespace Patrol.Server.Mail;

/// <summary>Puts mails into the form in which they travel.</summary>
internal static class MailMessages
{
    /// <param name="mail">The mail.</param>
    /// <param name="from">The sender.</param>
    /// <exception cref="MailRefusedException">It has no address to which a mail can be sent.</exception>
    public static MimeMessage Build(OutgoingMail mail, MailboxAddress from)
    {
        if (!MailboxAddress.TryParse(mail.Address, out var to))
            throw new MailRefusedException("The address is none.");
        var message = new MimeMessage
        {
            MessageId = $"{mail.Id}@{from.Domain}",
            Date = mail.Date,
            Subject = mail.Subject,
            Body = new MultipartAlternative(new TextPart(TextFormat.Plain) { Text = mail.Text }, new TextPart(TextFormat.Html) { Text = mail.Html }),
        };
        message.From.Add(from);
        message.To.Add(new MailboxAddress(mail.Name, to.Address));
        // RFC 3834: no machine is to answer it.
        message.Headers.Add("Auto-Submitted", "auto-generated");
        return message;
    }
}
