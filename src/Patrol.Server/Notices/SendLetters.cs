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
    private const int LettersAtOnce = 25;

    // What was sent and not yet written down when a server dies is sent again: what was sent within this time.
    private static readonly TimeSpan WrittenDownAfter = TimeSpan.FromMilliseconds(100);

    // A mail that is on its way when the server is stopped is waited for, or it would come twice.
    private static readonly TimeSpan TimeAtStop = TimeSpan.FromSeconds(3);

    /// <summary>Sends some; answers how many it had a try at, none of them if nothing is due.</summary>
    public async Task<int> Handle(CancellationToken stopping)
    {
        var items = await OutboxSql.Take(database, RecipientKind.Person, LettersAtOnce, time.Now());
        if (items.Count == 0)
            return 0;
        var left = new Queue<OutboxItem>(items);
        try
        {
            await Send(left, stopping);
        }
        finally
        {
            if (left.Count > 0 && stopping.IsCancellationRequested)
                await database.Write(scope => OutboxSql.GiveBack(scope, left, time.Now()));
        }
        return items.Count;
    }

    private async Task Send(Queue<OutboxItem> left, CancellationToken stopping)
    {
        var started = Stopwatch.GetTimestamp();
        var mails = await Write([.. left]);
        await Pace.Rest(started, stopping);
        using var ending = new CancellationTokenSource();
        await using var stop = stopping.Register(() => ending.CancelAfter(TimeAtStop));
        var sendings = new List<Sending>();
        var written = Stopwatch.GetTimestamp();
        IMailSession? session = null;
        try
        {
            while (left.Count > 0 && !stopping.IsCancellationRequested)
            {
                try
                {
                    if (mails.TryGetValue(left.Peek().Id, out var mail))
                    {
                        session ??= await transport.Connect(stopping);
                        var sent = session.Send(mail, ending.Token);
                        if (sendings.Count > 0 && await Task.WhenAny(sent, Task.Delay(WrittenDownAfter, CancellationToken.None)) != sent)
                            await WriteDown(sendings);
                        await sent;
                    }
                    sendings.Add(new Sending(left.Dequeue(), Reached: mail is not null));
                }
                catch (MailRefusedException refused)
                {
                    sendings.Add(new Sending(left.Dequeue(), Reached: false, refused.Message));
                }
                catch (MailAwayException away)
                {
                    while (left.TryDequeue(out var rest))
                        sendings.Add(new Sending(rest, Reached: false, away.Message));
                }
                if (Stopwatch.GetElapsedTime(written) < WrittenDownAfter)
                    continue;
                await WriteDown(sendings);
                written = Stopwatch.GetTimestamp();
            }
        }
        finally
        {
            try
            {
                // Before the goodbye, which may take its time.
                await WriteDown(sendings);
            }
            finally
            {
                if (session is not null)
                    await session.DisposeAsync();
            }
        }
    }

    private async Task WriteDown(List<Sending> sendings)
    {
        await settle.Handle(sendings, time.Now());
        sendings.Clear();
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
