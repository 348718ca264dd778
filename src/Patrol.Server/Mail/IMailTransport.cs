namespace Patrol.Server.Mail;

/// <summary>A mail to one person.</summary>
/// <param name="Id">Tells this mail from all others of this server: the same when it is sent again after a crash.</param>
internal sealed record OutgoingMail(string Id, string Name, string Address, string Subject, string Text, string Html, DateTimeOffset Date);

/// <summary>How mails leave the server: by SMTP, or into a folder.</summary>
internal interface IMailTransport
{
    /// <summary>Opens a connection, good for a number of mails one after the other.</summary>
    /// <exception cref="MailAwayException">There is nobody to talk to.</exception>
    Task<IMailSession> Connect(CancellationToken stopping);
}

/// <summary>A connection over which mails are sent.</summary>
internal interface IMailSession : IAsyncDisposable
{
    /// <summary>Sends a mail; when it returns, the other side answers for it.</summary>
    /// <exception cref="MailRefusedException">This mail is not taken; others may be.</exception>
    /// <exception cref="MailAwayException">The connection is gone.</exception>
    Task Send(OutgoingMail mail, CancellationToken stopping);
}

/// <summary>A mail was not taken.</summary>
internal sealed class MailRefusedException(string why) : Exception(why);

/// <summary>The mail server cannot be reached, or does not let us in.</summary>
internal sealed class MailAwayException(string why) : Exception(why);
