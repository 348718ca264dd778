using Patrol.Server.Outbox;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Notices;

/// <summary>Mails over SMTP, and what becomes of those that cannot be sent.</summary>
public sealed class SendingTests
{
    private const string Warned = "Your personal access tokens will expire in 7 days or less";

    [Fact]
    public async Task People_are_told_when_their_tokens_are_made_rotated_and_revoked()
    {
        await using var mailbox = new Mailbox();
        await using var app = await PatrolApp.Start($"--smtp=smtp://127.0.0.1:{mailbox.Port}", "--public-url=https://patrol.example.com", "--Patrol:MailFrom=tokens@example.com");
        var user = await app.AddUser("grace");
        var (id, _) = await app.NewToken(user, new { name = "first", scopes = (string[])["api"] });
        await app.Settle();
        var (status, rotated) = await app.Client().Post($"personal_access_tokens/{id}/rotate");
        Assert.Equal(200, status);
        await app.Settle();
        Assert.Equal(204, (await app.Client().Delete($"personal_access_tokens/{rotated.Id()}")).Status);
        await app.Settle();
        Assert.Equal(
            ["A new personal access token has been created", "Your personal access token has been rotated", "Your personal access token has been revoked"],
            mailbox.Mails.Select(mail => mail.Mail.Subject));
        Assert.All(mailbox.Mails, mail => Assert.Equal(("grace@example.org", "tokens@example.com"), (mail.To, mail.Mail.Whole.From.Mailboxes.Single().Address)));
        Assert.All(mailbox.Mails, mail => Assert.Contains("first", mail.Mail.TextBody, StringComparison.Ordinal));
        Assert.All(mailbox.Mails, mail => Assert.DoesNotContain(rotated.GetProperty("token").GetString()!, mail.Mail.Whole.ToString(), StringComparison.Ordinal));
        Assert.Equal(3, mailbox.Mails.Select(mail => mail.Mail.Whole.MessageId).Distinct().Count());
    }

    [Fact]
    public async Task Bots_and_what_acts_for_somebody_are_not_announced_and_many_revoked_at_once_are_one_mail()
    {
        await using var app = await PatrolApp.Start();
        var user = await app.AddUser("heidi");
        var project = await app.AddProject();
        var (status, body) = await app.Client().Post($"projects/{project}/access_tokens", new { name = "bot", scopes = (string[])["read_api"] });
        Assert.Equal((201, ""), (status, status == 201 ? "" : body.ToString()));
        Assert.Equal(201, (await app.Client().Post($"users/{user}/impersonation_tokens", new { name = "acting", scopes = (string[])["api"], expires_at = "2027-05-01" })).Status);
        await app.Settle();
        Assert.Empty(app.TakeMails());
        for (var i = 0; i < 120; i++)
            await app.AddEndingToken(user, $"one-of-many-{i}", "2027-05-01T00:00Z");
        Assert.Equal(200, (await app.Client().Post("/api/patrol/v1/tokens/bulk", new { action = "revoke", filter = new { owner = "heidi", kind = (string[])["personal"] } })).Status);
        await app.Settle();
        var mail = Assert.Single(app.TakeMails());
        Assert.Equal("Your personal access token has been revoked", mail.Subject);
        Assert.Contains("and 20 more.", mail.TextBody, StringComparison.Ordinal);
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task A_person_whose_mail_is_refused_is_tried_again_and_others_get_theirs(Engine engine)
    {
        await using var mailbox = new Mailbox { Refuses = to => to.StartsWith("full", StringComparison.Ordinal) ? "452 mailbox full" : null };
        await using var app = await PatrolApp.Start(engine, $"--smtp=smtp://127.0.0.1:{mailbox.Port}");
        foreach (var name in (string[])["early", "full", "late"])
            await app.AddEndingToken(await app.AddUser(name), $"token-of-{name}", "2026-11-27T00:00Z");
        await app.PassTo("2026-11-23T01:00Z");
        Assert.Equal(["early@example.org", "late@example.org"], mailbox.Mails.Select(mail => mail.To).Order(StringComparer.Ordinal));
        // Not told: the preview says that they still would be.
        var (_, preview) = await app.Client().Get("/api/patrol/v1/notices/preview?page=1&per_page=10");
        Assert.Equal(["outbox full 7"], preview.GetProperty("items").EnumerateArray().Select(item => $"{item.GetProperty("job").GetString()} {item.GetProperty("user").GetString()} {item.GetProperty("within_days").GetInt32()}"));
        await app.PassTo("2026-11-23T01:03Z");
        Assert.Equal(2, mailbox.Mails.Count);
        mailbox.Refuses = _ => null;
        await app.PassTo("2026-11-23T01:10Z");
        Assert.Equal(("full@example.org", Warned), (mailbox.Mails[^1].To, mailbox.Mails[^1].Mail.Subject));
        await app.PassTo("2026-11-24T01:00Z");
        Assert.Equal(3, mailbox.Mails.Count);
    }

    [Fact]
    public async Task A_mail_that_is_given_up_after_days_is_owed_again_the_next_night()
    {
        await using var mailbox = new Mailbox { Refuses = _ => "550 no such user" };
        await using var app = await PatrolApp.Start($"--smtp=smtp://127.0.0.1:{mailbox.Port}");
        await app.AddEndingToken(await app.AddUser("moved"), "found-again", "2026-11-29T00:00Z");
        await app.PassTo("2026-11-23T01:00Z");
        for (var hour = 1; hour <= 73; hour++)
            await app.PassTo(NightKit.At("2026-11-23T01:00Z").AddHours(hour));
        for (var hour = 1; hour <= 6; hour++)
            await app.PassTo(NightKit.At("2026-11-26T02:00Z").AddHours(hour));
        Assert.Equal(0, await app.Count("SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM notices)"));
        mailbox.Refuses = _ => null;
        await app.PassTo("2026-11-27T01:00Z");
        Assert.Equal(Warned, Assert.Single(mailbox.Mails).Mail.Subject);
    }

    [Fact]
    public async Task A_mail_server_that_is_away_loses_nothing_and_the_mail_says_what_is_true_when_it_is_sent()
    {
        await using var mailbox = new Mailbox();
        await using var app = await PatrolApp.Start($"--smtp=smtp://127.0.0.1:{mailbox.Port}");
        var user = await app.AddUser("patient");
        await app.AddEndingToken(user, "still-ending", "2026-11-27T00:00Z");
        var revoked = await app.AddEndingToken(user, "meanwhile-revoked", "2026-11-27T00:00Z");
        await mailbox.Shut();
        await app.PassTo("2026-11-23T01:00Z");
        await app.Revoke(revoked);
        Assert.Equal(200, (await app.Client().Put($"users/{user}", new { email = "new-address@example.org", preferred_language = "ja" })).Status);
        mailbox.OpenAgain();
        await app.PassTo("2026-11-23T01:30Z");
        var (to, mail) = Assert.Single(mailbox.Mails);
        Assert.Equal(("new-address@example.org", "パーソナルアクセストークンの有効期限が 7 日以内に切れます"), (to, mail.Subject));
        Assert.Contains("still-ending", mail.TextBody, StringComparison.Ordinal);
        Assert.DoesNotContain("meanwhile-revoked", mail.TextBody, StringComparison.Ordinal);
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task What_a_server_took_to_send_before_it_died_is_sent_by_the_next_one(Engine engine)
    {
        await using var mailbox = new Mailbox();
        await using var app = await PatrolApp.Start(engine, $"--smtp=smtp://127.0.0.1:{mailbox.Port}");
        await mailbox.Shut();
        await app.AddEndingToken(await app.AddUser("taken"), "between", "2026-11-27T00:00Z");
        await app.PassTo("2026-11-23T01:00Z");
        mailbox.OpenAgain();
        app.Clock.Advance(TimeSpan.FromMinutes(2));
        // Either this or the server's own round has it; whoever it is, there is one mail.
        var taken = await OutboxSql.Take(app.Store(), RecipientKind.Person, 10, app.Clock.GetUtcNow());
        // What the test has taken nobody tries before its lease has ended.
        if (taken.Count == 0)
            await app.PassTo("2026-11-23T01:04Z");
        else
            app.Clock.SetUtcNow(NightKit.At("2026-11-23T01:04Z"));
        Assert.Equal(taken.Count == 0 ? 1 : 0, mailbox.Mails.Count);
        await app.PassTo("2026-11-23T01:09Z");
        Assert.Single(mailbox.Mails);
        Assert.Equal(0, await app.Count("SELECT count(*) FROM outbox"));
        await app.PassTo("2026-11-24T01:00Z");
        Assert.Single(mailbox.Mails);
    }

    [Fact]
    public async Task The_mail_servers_password_is_used_and_never_printed()
    {
        await using var mailbox = new Mailbox { Account = ("mailer", "pass/word%") };
        using var folder = new TemporaryFolder();
        const string token = "root-token-for-this-server";
        await using var server = await ServerProcess.Start(
            folder.Path, null, $"PATROL_SMTP=smtp://mailer:pass%2Fword%25@127.0.0.1:{mailbox.Port}", $"PATROL_ROOT_TOKEN={token}");
        using var client = server.Client(token);
        Assert.Equal(201, (await client.Post("users/1/personal_access_tokens", new { name = "announced", scopes = (string[])["api"] })).Status);
        await Eventually.True(() => mailbox.Mails.Count == 1, "the mail has come");
        Assert.Equal("admin@example.com", mailbox.Mails[0].To);
        Assert.Equal(0, await server.Stop());

        await using var wrong = await ServerProcess.Start(folder.Path, null, $"PATROL_SMTP=smtp://mailer:other-word@127.0.0.1:{mailbox.Port}");
        using var again = wrong.Client(token);
        Assert.Equal(201, (await again.Post("users/1/personal_access_tokens", new { name = "unsent", scopes = (string[])["api"] })).Status);
        await Eventually.True(() => wrong.Output.Contains($"127.0.0.1:{mailbox.Port}: ", StringComparison.Ordinal), "the failure is told");
        Assert.DoesNotContain("other-word", wrong.Output + wrong.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("word%", server.Output + server.Errors, StringComparison.Ordinal);
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task What_was_sent_is_written_down_while_the_next_mail_takes_its_time(Engine engine)
    {
        await using var mailbox = new Mailbox();
        await using var app = await PatrolApp.Start(engine, $"--smtp=smtp://127.0.0.1:{mailbox.Port}");
        var release = new TaskCompletionSource();
        mailbox.Before = verb => verb == "DATA" && mailbox.Mails.Count > 1 ? release.Task : Task.CompletedTask;
        foreach (var name in (string[])["quick", "slow"])
            await app.NewToken(await app.AddUser(name), new { name, scopes = (string[])["api"] });
        var sending = app.Settle();
        await Eventually.True(async () => mailbox.Mails.Count == 2 && await app.Count("SELECT count(*) FROM outbox") == 1, "the first is written down");
        release.SetResult();
        await sending;
        await Eventually.True(async () => await app.Count("SELECT count(*) FROM outbox") == 0, "the second is written down");
        Assert.Equal(2, mailbox.Mails.Count);
    }

    [Fact]
    public async Task A_stopped_server_waits_for_the_mail_on_its_way_and_the_next_one_sends_the_rest()
    {
        await using var mailbox = new Mailbox();
        using var folder = new TemporaryFolder();
        const string token = "root-token-for-this-server";
        var (held, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        mailbox.Before = verb =>
        {
            if (verb != "DATA")
                return Task.CompletedTask;
            held.TrySetResult();
            return release.Task;
        };
        var variable = $"PATROL_SMTP=smtp://127.0.0.1:{mailbox.Port}";
        await using var first = await ServerProcess.Start(folder.Path, null, variable, $"PATROL_ROOT_TOKEN={token}");
        using var client = first.Client(token);
        for (var i = 0; i < 3; i++)
            Assert.Equal(201, (await client.Post("users/1/personal_access_tokens", new { name = $"announced {i}", scopes = (string[])["api"] })).Status);
        await Eventually.InTime(held.Task);
        var stopping = first.Stop();
        await Eventually.True(async () => await IsShut(client), "nobody is let in any more");
        release.SetResult();
        Assert.Equal(0, await stopping);
        Assert.DoesNotContain("failed", first.Output + first.Errors, StringComparison.Ordinal);

        await using var second = await ServerProcess.Start(folder.Path, null, variable);
        await Eventually.True(() => mailbox.Mails.Select(mail => mail.Mail.Whole.MessageId).Distinct().Count() == 3, "all have come");
        Assert.Equal(3, mailbox.Mails.Count);
    }

    private static async Task<bool> IsShut(HttpClient client)
    {
        try
        {
            await client.Get("/-/readiness");
            return false;
        }
        catch (HttpRequestException)
        {
            return true;
        }
    }
}
