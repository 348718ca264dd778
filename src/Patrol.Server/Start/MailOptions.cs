using MimeKit;
using Patrol.Server.Mail;
using Patrol.Server.Settings;

namespace Patrol.Server.Start;

/// <summary>How mails leave the server, and when people are warned.</summary>
public sealed record MailOptions
{
    /// <summary>The mail server; null for files in the data folder.</summary>
    internal SmtpAddress? Smtp { get; private init; }

    /// <summary>The sender; null for <c>patrol</c> at the server's domain.</summary>
    internal MailboxAddress? From { get; private init; }

    /// <summary>The windows of GitLab's warnings.</summary>
    internal WarningDays WarningDays { get; private init; } = WarningDays.GitLabs;

    internal static MailOptions Read(string? smtp, string? from, string? warningDays)
    {
        MailboxAddress? sender = null;
        if (from is not null && (!MailboxAddress.TryParse(from, out sender) || !sender.Address.Contains('@')))
            throw new StartException($"Patrol:MailFrom: '{from}' is not an address such as patrol@example.com.");
        return new MailOptions
        {
            // The text may hold a password: the message does not repeat it.
            Smtp = smtp is null ? null : SmtpAddress.Read(smtp) ?? throw new StartException("PATROL_SMTP cannot be read: give smtp://host:port or smtps://user:password@host:port."),
            From = sender,
            WarningDays = warningDays is null ? WarningDays.GitLabs
                : WarningDays.Read(warningDays) ?? throw new StartException($"Patrol:WarningDays: '{warningDays}' {WarningDays.Wanted}."),
        };
    }

    /// <summary>Adds the way of mails.</summary>
    internal static void AddParts(IServiceCollection services)
    {
        services.AddSingleton(provider => provider.GetRequiredService<ServerOptions>().Mail.WarningDays);
        services.AddSingleton<IMailTransport>(provider =>
        {
            var options = provider.GetRequiredService<ServerOptions>().Mail;
            var from = options.From ?? new MailboxAddress("Patrol", $"patrol@{provider.GetRequiredService<PublicAddress>().MailDomain}");
            return options.Smtp is { } smtp ? new SmtpTransport(smtp, from) : new FolderTransport(provider.GetRequiredService<DataFolder>().MailFolder, from);
        });
    }
}
