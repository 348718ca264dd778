using Dapper;
using Microsoft.Data.Sqlite;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Notices;

/// <summary>The real program and a mail server: TLS, and what is left of a mail in the middle of which the program is killed.</summary>
public sealed class MailServerTests : IDisposable
{
    private const string Token = "root-token-for-this-server";
    private readonly TemporaryFolder folder = new();
    private readonly CertificateAuthority authority = new();

    public void Dispose()
    {
        authority.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData("smtps", "localhost")]
    [InlineData("smtps", "127.0.0.1")]
    [InlineData("smtp", "localhost")]
    public async Task Mails_go_encrypted_to_a_server_whose_certificate_is_good(string scheme, string host)
    {
        await using var mailbox = new Mailbox { Certificate = authority.Issue("localhost"), Secured = scheme == "smtps" };
        await using var server = await Start($"{scheme}://{host}:{mailbox.Port}", authority.Trusted(folder));
        await Cause(server);
        await Eventually.True(() => mailbox.Mails.Count == 1, "the mail has come");
        Assert.Equal(1, mailbox.Encrypted);
    }

    [Theory]
    [InlineData("smtps", "localhost", false, false)]
    [InlineData("smtp", "localhost", false, false)]
    [InlineData("smtps", "elsewhere.example", false, true)]
    [InlineData("smtp", "elsewhere.example", false, true)]
    [InlineData("smtps", "localhost", true, true)]
    public async Task A_bad_certificate_gets_no_mail_not_even_in_the_clear(string scheme, string name, bool ended, bool trusted)
    {
        await using var mailbox = new Mailbox { Certificate = authority.Issue(name, ended), Secured = scheme == "smtps" };
        await using var server = await Start($"{scheme}://localhost:{mailbox.Port}", trusted ? authority.Trusted(folder) : "LANG=C");
        await Cause(server);
        await Eventually.True(() => server.Output.Contains($"localhost:{mailbox.Port}: ", StringComparison.Ordinal), "the failure is told");
        Assert.Contains("is tried again at", server.Output, StringComparison.Ordinal);
        Assert.Empty(mailbox.Mails);
        await server.Kill();
        Assert.Equal(1, await Ask("SELECT count(*) FROM outbox WHERE failure IS NOT NULL"));
    }

    [Theory]
    [InlineData("MAIL", 1)]
    [InlineData("DATA", 2)]
    public async Task A_mail_in_the_middle_of_which_the_server_is_killed_is_sent_by_the_next_one(string moment, int mails)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var mailbox = new Mailbox();
        mailbox.Before = verb =>
        {
            if (verb != moment)
                return Task.CompletedTask;
            reached.TrySetResult();
            return Task.Delay(Timeout.Infinite);
        };
        await using (var server = await Start($"smtp://127.0.0.1:{mailbox.Port}"))
        {
            await Cause(server);
            await Eventually.InTime(reached.Task);
            await server.Kill();
        }
        // Nobody counts as told. The dead server's lease is taken as over, which else takes five minutes.
        Assert.Equal(1, await Ask("SELECT count(*) FROM outbox"));
        await Ask("UPDATE outbox SET due_at = 0 RETURNING id");
        mailbox.Before = _ => Task.CompletedTask;
        await using var next = await Start($"smtp://127.0.0.1:{mailbox.Port}");
        await Eventually.True(() => mailbox.Mails.Count == mails, "the mail has come");
        Assert.Single(mailbox.Mails.Select(mail => mail.Mail.Whole.MessageId).Distinct());
        await Eventually.True(async () => await Ask("SELECT count(*) FROM outbox") == 0, "it is written down");
        Assert.Equal(mails, mailbox.Mails.Count);
    }

    private Task<ServerProcess> Start(string smtp, params string[] environment) =>
        ServerProcess.Start(folder.Path, null, [$"PATROL_SMTP={smtp}", $"PATROL_ROOT_TOKEN={Token}", .. environment]);

    private static async Task Cause(ServerProcess server)
    {
        using var client = server.Client(Token);
        Assert.Equal(201, (await client.Post("users/1/personal_access_tokens", new { name = "announced", scopes = (string[])["api"] })).Status);
    }

    private async Task<long> Ask(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={folder["patrol-data/patrol.db"]};Pooling=False");
        await connection.OpenAsync();
        return await connection.ExecuteScalarAsync<long>(sql);
    }
}
