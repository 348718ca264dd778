using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Patrol.Core.Directory;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Sessions;
using Patrol.Server.Users;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Sessions;

public sealed class SignInTests
{
    private const string RootPassword = "correct horse battery";
    private static readonly IPAddress Here = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Elsewhere = IPAddress.Parse("192.0.2.2");

    [Theory, ClassData(typeof(Engines))]
    public async Task Who_gives_their_password_is_signed_in_until_they_sign_out(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        var text = await SignIn(app, "Root", RootPassword);
        Assert.Equal("root", (await Read(app, text))?.Username);
        Assert.Equal("root", (await Read(app, await SignIn(app, "admin@EXAMPLE.com", RootPassword)))?.Username);
        await app.Services.GetRequiredService<CloseSession>().Handle(text, Here, app.Clock.GetUtcNow());
        Assert.Null(await Read(app, text));
        Assert.Equal(1, await app.Count("SELECT count(*) FROM audit WHERE action = 'session.close' AND actor = 'root'"));
        Assert.Null(await Read(app, "no such session"));
        Assert.Null(await Read(app, new string('x', 1_000)));
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Sessions_end_when_their_user_is_blocked_or_gets_another_password_and_do_not_come_back(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        var user = await AddUser(app, "mia", "first password");
        var first = await SignIn(app, "mia", "first password");
        await app.Client().Put($"users/{user}", new { name = "Mia" });
        Assert.Equal("mia", (await Read(app, first))?.Username);
        await app.Client().Put($"users/{user}", new { password = "second password" });
        Assert.Null(await Read(app, first));
        Assert.Equal(PasswordVerdict.Wrong, (await Check(app, "mia", "first password")).Verdict);

        var second = await SignIn(app, "mia", "second password");
        await app.Client().Post($"users/{user}/block");
        Assert.Null(await Read(app, second));
        Assert.Equal(PasswordVerdict.Blocked, (await Check(app, "mia", "second password")).Verdict);
        Assert.Equal(PasswordVerdict.Wrong, (await Check(app, "mia", "first password")).Verdict);
        await app.Client().Post($"users/{user}/unblock");
        Assert.Null(await Read(app, second));
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task A_password_that_changes_while_it_is_checked_opens_nothing(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        var user = await AddUser(app, "mia", "first password");
        var before = await Check(app, "mia", "first password");
        await app.Client().Put($"users/{user}", new { password = "second password" });
        Assert.Null(await Open(app).Handle(before, Here, app.Clock.GetUtcNow()));
        var blocked = await Check(app, "mia", "second password");
        await app.Client().Post($"users/{user}/block");
        Assert.Null(await Open(app).Handle(blocked, Here, app.Clock.GetUtcNow()));
        Assert.Equal(0, await app.Count("SELECT count(*) FROM sessions"));
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task A_session_that_came_of_a_token_ends_with_the_token(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        var (id, text) = await app.NewToken(1);
        var token = await app.Services.GetRequiredService<TokenVerifier>().Find(text, app.Clock.GetUtcNow());
        var session = (await Open(app).Handle(token!, Here, app.Clock.GetUtcNow()))!.Text.Reveal();
        Assert.Equal("root", (await Read(app, session))?.Username);
        await app.Client().Delete($"personal_access_tokens/{id}");
        Assert.Null(await Read(app, session));
    }

    [Fact]
    public async Task Of_a_session_only_the_digest_is_kept()
    {
        await using var app = await PatrolApp.Start();
        var text = await SignIn(app, "root", RootPassword);
        Assert.Equal(0, await app.Count($"SELECT count(*) FROM sessions WHERE CAST(digest AS text) LIKE '%{text}%' OR hex(digest) LIKE '%{Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(text))}%'"));
        Assert.Equal(1, await app.Count("SELECT count(*) FROM sessions WHERE length(digest) = 33"));
    }

    [Fact]
    public async Task A_session_in_use_goes_on_but_not_for_ever_and_an_idle_one_ends()
    {
        await using var app = await PatrolApp.Start();
        var (used, idle) = (await SignIn(app, "root", RootPassword), await SignIn(app, "root", RootPassword));
        var openedAt = app.Clock.GetUtcNow();
        while (app.Clock.GetUtcNow() - openedAt < SessionRules.Longest)
        {
            Assert.NotNull(await Read(app, used));
            app.Clock.Advance(TimeSpan.FromHours(7));
        }
        Assert.Null(await Read(app, used));
        Assert.Null(await Read(app, idle));
        await SignIn(app, "root", RootPassword);
        Assert.Equal(1, await app.Count("SELECT count(*) FROM sessions"));
    }

    [Fact]
    public async Task After_three_wrong_passwords_no_password_is_looked_at_from_there_for_a_while()
    {
        await using var app = await PatrolApp.Start();
        for (var attempt = 0; attempt < WrongPasswords.Free; attempt++)
            Assert.Equal(PasswordVerdict.Wrong, (await Check(app, "root", "guess")).Verdict);
        var denied = await Check(app, "ROOT", RootPassword);
        Assert.Equal(PasswordVerdict.Denied, denied.Verdict);
        Assert.Equal(PasswordVerdict.Right, (await Check(app, "root", RootPassword, Elsewhere)).Verdict);
        app.Clock.SetUtcNow(denied.DeniedUntil!.Value);
        Assert.Equal(PasswordVerdict.Wrong, (await Check(app, "root", "guess")).Verdict);
        var longer = await Check(app, "root", RootPassword);
        Assert.True(longer.DeniedUntil - app.Clock.GetUtcNow() > TimeSpan.FromSeconds(15));
        app.Clock.SetUtcNow(longer.DeniedUntil!.Value);
        Assert.Equal(PasswordVerdict.Right, (await Check(app, "root", RootPassword)).Verdict);
        Assert.Equal(PasswordVerdict.Wrong, (await Check(app, "root", "guess")).Verdict);
        Assert.Equal(PasswordVerdict.Right, (await Check(app, "root", RootPassword)).Verdict);
    }

    [Fact]
    public async Task An_IPv6_network_guesses_as_one()
    {
        await using var app = await PatrolApp.Start();
        for (var attempt = 0; attempt < WrongPasswords.Free; attempt++)
            Assert.Equal(PasswordVerdict.Wrong, (await Check(app, "root", "guess", IPAddress.Parse($"2001:db8:1:2::{attempt}"))).Verdict);
        Assert.Equal(PasswordVerdict.Denied, (await Check(app, "root", RootPassword, IPAddress.Parse("2001:db8:1:2::9"))).Verdict);
        Assert.Equal(PasswordVerdict.Right, (await Check(app, "root", RootPassword, IPAddress.Parse("2001:db8:1:3::1"))).Verdict);
    }

    [Fact]
    public async Task Guesses_at_many_accounts_shut_the_address_out()
    {
        await using var app = await PatrolApp.Start("--Patrol:Ban:MaximumFailures=5");
        for (var attempt = 0; attempt < 5; attempt++)
            Assert.Equal(PasswordVerdict.Wrong, (await Check(app, $"user{attempt}", "guess")).Verdict);
        Assert.Equal(PasswordVerdict.Denied, (await Check(app, "root", RootPassword)).Verdict);
        Assert.Equal(PasswordVerdict.Right, (await Check(app, "root", RootPassword, Elsewhere)).Verdict);
    }

    [Theory]
    [InlineData("", "x")]
    [InlineData("root", "")]
    [InlineData("nobody", "correct horse battery")]
    [InlineData("a@b", "correct horse battery")]
    public async Task What_is_nobodys_password_is_wrong(string login, string password)
    {
        await using var app = await PatrolApp.Start();
        Assert.Equal(PasswordVerdict.Wrong, (await Check(app, login, password)).Verdict);
        Assert.Equal(PasswordVerdict.Wrong, (await Check(app, login, new string('x', 100_000))).Verdict);
    }

    [Theory]
    [InlineData("http", false)]
    [InlineData("https", true)]
    public void The_cookie_is_unseen_by_scripts_not_sent_across_sites_and_secure_over_https(string scheme, bool secure)
    {
        var http = new DefaultHttpContext();
        http.Request.Scheme = scheme;
        SessionCookie.Set(http, new Secret("text"));
        var cookie = http.Response.Headers.SetCookie.ToString();
        Assert.StartsWith("patrol_session=text; path=/; ", cookie, StringComparison.Ordinal);
        Assert.Contains("samesite=lax", cookie, StringComparison.Ordinal);
        Assert.Contains("httponly", cookie, StringComparison.Ordinal);
        Assert.Equal(secure, cookie.Contains("secure", StringComparison.Ordinal));
        Assert.DoesNotContain("expires", cookie, StringComparison.Ordinal);
    }

    private static OpenSession Open(PatrolApp app) => app.Services.GetRequiredService<OpenSession>();

    private static Task<PasswordCheck> Check(PatrolApp app, string login, string password, IPAddress? address = null) =>
        app.Services.GetRequiredService<CheckPassword>().Handle(login, password, address ?? Here, app.Clock.GetUtcNow());

    private static async Task<string> SignIn(PatrolApp app, string login, string password)
    {
        var right = await Check(app, login, password);
        Assert.Equal(PasswordVerdict.Right, right.Verdict);
        return (await Open(app).Handle(right, Here, app.Clock.GetUtcNow()))!.Text.Reveal();
    }

    private static Task<User?> Read(PatrolApp app, string text) => app.Services.GetRequiredService<ReadSession>().Handle(text, app.Clock.GetUtcNow());

    private static async Task<long> AddUser(PatrolApp app, string username, string password)
    {
        var (status, body) = await app.Client().Post("users", new { username, name = username, email = $"{username}@example.org", password });
        Assert.Equal(201, status);
        return body.Id();
    }
}
