using System.Diagnostics;
using Patrol.Core.Tokens;
using Patrol.Server.Mail;
using Patrol.Server.Outbox;
using Patrol.Server.Settings;
using Patrol.Server.Storage;
using Patrol.Server.Tokens;
using Patrol.Server.Users;

namespace Patrol.Server.Notices;

/// <summary>
/// Sends letters that lie in the outbox: to people who are active at this moment, at their present address, in their language,
/// about tokens of which it is still true.
/// </summary>
internal sealed class SendLetters(
    Database database, LoadOwners owners, SettingsStore settings, IMailTransport transport, SettleItem settle, PublicAddress address, TimeProvider time)
{
    // What was sent and not yet written down when a server dies is sent again.
    private const int LettersAtOnce = 25;

    /// <summary>Sends some; answers how many it had a try at, none of them if nothing is due.</summary>
    public async Task<int> Handle(CancellationToken stopping)
    {
        var items = await OutboxSql.Take(database, RecipientKind.Person, LettersAtOnce, time.Now());
        if (items.Count > 0)
            await settle.Handle(await Send(items, stopping), time.Now());
        return items.Count;
    }

    private async Task<List<Sending>> Send(List<OutboxItem> items, CancellationToken stopping)
    {
        var started = Stopwatch.GetTimestamp();
        var mails = await Write(items);
        await Pace.Rest(started, stopping);
        var sendings = new List<Sending>();
        IMailSession? session = null;
        try
        {
            foreach (var item in items)
            {
                if (!mails.TryGetValue(item.Id, out var mail))
                {
                    sendings.Add(new Sending(item, Reached: false));
                    continue;
                }
                try
                {
                    session ??= await transport.Connect(stopping);
                    await session.Send(mail, stopping);
                    sendings.Add(new Sending(item, Reached: true));
                }
                catch (MailRefusedException refused)
                {
                    sendings.Add(new Sending(item, Reached: false, refused.Message));
                }
                catch (MailAwayException away)
                {
                    sendings.AddRange(items.Skip(sendings.Count).Select(rest => new Sending(rest, Reached: false, away.Message)).ToList());
                    return sendings;
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            sendings.AddRange(items.Skip(sendings.Count).Select(rest => new Sending(rest, Reached: false, "The server was stopped.")).ToList());
        }
        finally
        {
            if (session is not null)
                await session.DisposeAsync();
        }
        return sendings;
    }

    private async Task<Dictionary<long, OutgoingMail>> Write(List<OutboxItem> items)
    {
        var bodies = items.ToDictionary(item => item.Id, item => LetterBody.FromJson(item.Body));
        var ids = bodies.Values.SelectMany(body => body.Tokens).Select(pair => pair[0]).Distinct().ToList();
        var people = await database.Read(connection => UserSql.Load(connection, items.Select(item => item.RecipientId)));
        var tokens = (await owners.Handle(await database.Read(connection => TokenSql.Load(connection, ids)))).ToDictionary(token => token.Token.Id);
        var mails = new Dictionary<long, OutgoingMail>();
        foreach (var item in items)
        {
            var body = bodies[item.Id];
            var named = body.Tokens.Where(pair => tokens.TryGetValue(pair[0], out var token) && StillSo(body, pair[1], token.Token))
                .Select(pair => tokens[pair[0]]).ToList();
            if (named.Count == 0 || !people.TryGetValue(item.RecipientId, out var person) || person.Kind != UserKind.Human || !person.IsActive)
                continue;
            var gone = body.Tokens.Length - named.Count;
            var letter = Letter.Write(
                LetterWords.For(person.PreferredLanguage), person.Name, body with { Total = body.Total - gone, Tokens = body.Tokens[gone..] }, named, address.Server);
            mails.Add(item.Id, new OutgoingMail(
                $"{item.Id}.{item.CreatedAt}", person.Name, person.Email, letter.Subject, letter.Text, letter.Html, DateTimeOffset.FromUnixTimeMilliseconds(item.CreatedAt)));
        }
        return mails;
    }

    private bool StillSo(LetterBody body, long end, Token token) => body.About switch
    {
        LetterAbout.Expiring or LetterAbout.Expired => !token.IsRevoked && token.ExpiresAt?.ToUnixTimeMilliseconds() == end
            && (token.Dialect != TokenDialect.Atlassian || settings.Current.Atlassian.MailNotificationsEnabled),
        _ => true,
    };
}
