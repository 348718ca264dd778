using Dapper;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Jobs;
using Patrol.Server.Notices;
using Patrol.Server.Runs;
using Patrol.Server.Tokens;
using Patrol.Server.Users;
using Patrol.Server.Webhooks;

namespace Patrol.Tests.Kit;

/// <summary>A mail as somebody reads it.</summary>
internal sealed record ReadMail(string To, string Subject, string TextBody, string HtmlBody, MimeMessage Whole)
{
    public static ReadMail Of(MimeMessage mail) => new(mail.To.Mailboxes.Single().Address, mail.Subject!, mail.TextBody!, mail.HtmlBody!, mail);
}

/// <summary>Lets nights pass on a server, and reads what it sends.</summary>
internal static class NightKit
{
    private static int tokens;

    /// <summary>Turns the clock and waits until all that is due then is done, and all letters are sent.</summary>
    public static async Task PassTo(this PatrolApp app, DateTimeOffset instant)
    {
        if (instant > app.Clock.GetUtcNow())
            app.Clock.SetUtcNow(instant);
        await app.Settle();
    }

    public static Task PassTo(this PatrolApp app, string instant) => app.PassTo(At(instant));

    public static DateTimeOffset At(string instant) => DateTimeOffset.Parse(instant, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Waits until all that is due is done, and all that can be sent is sent.</summary>
    public static async Task Settle(this PatrolApp app)
    {
        var (scheduler, letters, hooks) = (app.Services.GetRequiredService<Scheduler>(), app.Services.GetRequiredService<SendLetters>(), app.Services.GetRequiredService<CallWebhooks>());
        foreach (var job in app.Services.GetRequiredService<IEnumerable<Job>>())
        {
            while (await scheduler.Tick(job, CancellationToken.None))
            {
            }
        }
        await Eventually.True(
            async () => await app.Count($"SELECT count(*) FROM runs WHERE outcome IS NULL AND lease_until > {app.Now()}") == 0, "all jobs have ended");
        await Eventually.True(async () =>
        {
            while (await letters.Handle(CancellationToken.None) + await hooks.Handle(CancellationToken.None) > 0)
            {
            }
            // What somebody else has taken has its lease ahead; what failed has its failure.
            return await app.Count($"SELECT count(*) FROM outbox WHERE due_at <= {app.Now()} OR (attempts > 0 AND failure IS NULL)") == 0;
        }, "the outbox has been tried");
    }

    /// <summary>The mails in the data folder to people whom tests made, the oldest first; they are taken out, root's as well.</summary>
    public static List<ReadMail> TakeMails(this PatrolApp app)
    {
        var mails = new List<ReadMail>();
        foreach (var file in System.IO.Directory.GetFiles(Path.Combine(app.DataFolder, "mail"), "*.eml").Order(StringComparer.Ordinal))
        {
            mails.Add(ReadMail.Of(MimeMessage.Load(file)));
            File.Delete(file);
        }
        // Root owns what it makes.
        mails.RemoveAll(mail => mail.To == "admin@example.com");
        return mails;
    }

    /// <summary>The subjects of the mails to somebody, which are taken out with all others.</summary>
    public static List<string> TakeSubjects(this PatrolApp app, string username) =>
        [.. app.TakeMails().Where(mail => mail.To == $"{username}@example.org").Select(mail => mail.Subject).Order(StringComparer.Ordinal)];

    /// <summary>Stores a token that ends at an instant; no mail comes of it.</summary>
    public static async Task<Token> AddEndingToken(
        this PatrolApp app, long userId, string name, string? endsAt, TokenKind kind = TokenKind.Personal, TokenDialect dialect = TokenDialect.GitLab)
    {
        var now = app.Clock.GetUtcNow();
        var token = new Token
        {
            Id = 0,
            Dialect = dialect,
            Kind = kind,
            UserId = userId,
            Name = name,
            Scopes = ScopeSet.FromStored("api"),
            CreatedAt = now,
            UpdatedAt = now,
            ExpiresAt = endsAt is null ? null : At(endsAt),
        };
        var digest = TokenDigest.Of("nights"u8, $"ending-token-{Interlocked.Increment(ref tokens)}-{Guid.NewGuid():N}");
        return await app.Store().Write(scope => TokenSql.Insert(scope, token, digest, given: false));
    }

    /// <summary>Changes anything, and lets the servers know.</summary>
    public static Task Exec(this PatrolApp app, string sql) => app.Store().Write(scope =>
    {
        scope.Changes.Everything = true;
        return (Task)scope.Execute(sql);
    });

    /// <summary>Gives a project or group a bot; answers its id.</summary>
    public static async Task<long> AddBotUser(this PatrolApp app, bool isGroup, long resourceId)
    {
        var name = DirectoryKit.Name("bot");
        var bot = new User { Username = name, Name = name, Email = $"{name}@noreply.example.org", Kind = UserKind.Bot, BotResourceKind = isGroup ? 1 : 0, BotResourceId = resourceId };
        return await app.Store().Write(scope => UserSql.Insert(scope, bot, null, app.Clock.GetUtcNow()));
    }

    public static Task<List<T>> Rows<T>(this PatrolApp app, string sql) =>
        app.Store().Read(async connection => (await connection.QueryAsync<T>(sql)).AsList());

    private static long Now(this PatrolApp app) => app.Clock.GetUtcNow().ToUnixTimeMilliseconds();
}
