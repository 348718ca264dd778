using System.Net;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Web;

public sealed class SignInTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private const string Tokens = "/-/user_settings/personal_access_tokens";

    [Fact]
    public async Task A_form_that_is_sent_after_the_session_has_ended_leads_to_signing_in_and_back_to_its_page()
    {
        await using var app = await PatrolApp.Start();
        using var browser = await app.Browser();
        await browser.Get(Tokens);
        app.Clock.Advance(TimeSpan.FromHours(9));
        var sent = await browser.PostUnmarked(Tokens, $"{app.Address}{Tokens[1..]}?name=x", ("name", "late"), ("scopes", "api"), ("expires_at", "2027-01-01"));
        Assert.Equal((HttpStatusCode.SeeOther, $"/users/sign_in?failure=ended&return_to={Uri.EscapeDataString($"{Tokens}?name=x")}"), (sent.Status, sent.Location));
        Assert.Contains("Your session has ended", (await browser.Get(sent.Location!)).Text, StringComparison.Ordinal);
        Assert.Equal("/users/sign_in?failure=ended&return_to=%2F", (await browser.PostUnmarked(Tokens, "https://evil.example/x", ("name", "late"))).Location);
        Assert.Equal(0, await app.Count("SELECT count(*) FROM tokens WHERE name = 'late'"));
    }

    [Fact]
    public async Task A_page_leads_to_sign_in_and_sign_in_back_to_it()
    {
        using var browser = new PageClient(shared.App.Address);
        var sent = await browser.Get($"{Tokens}?name=ci");
        Assert.Equal("/users/sign_in?return_to=%2F-%2Fuser_settings%2Fpersonal_access_tokens%3Fname%3Dci", sent.Location);
        Assert.Contains($"{Tokens}?name=ci", (await browser.Get(sent.Location!)).Text, StringComparison.Ordinal);
        Assert.Equal($"{Tokens}?name=ci", (await browser.SignIn(returnTo: $"{Tokens}?name=ci")).Location);
        Assert.Equal(HttpStatusCode.OK, (await browser.Get(Tokens)).Status);
    }

    [Theory]
    [InlineData("https://example.com/")]
    [InlineData("//example.com/")]
    [InlineData("/\\example.com")]
    [InlineData("javascript:alert(1)")]
    public async Task Sign_in_leads_to_no_other_site(string elsewhere)
    {
        using var browser = new PageClient(shared.App.Address);
        Assert.Equal("/", (await browser.SignIn(returnTo: elsewhere)).Location);
    }

    [Fact]
    public async Task A_wrong_password_is_told_and_too_many_are_slowed_down()
    {
        var (username, _) = await shared.App.AddPerson();
        using var browser = new PageClient(shared.App.Address);
        for (var i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.UnprocessableEntity, (await browser.SignIn(username, "wrong password")).Status);
        var denied = await browser.SignIn(username, PageKit.Password);
        Assert.Equal(HttpStatusCode.TooManyRequests, denied.Status);
        Assert.NotNull(denied.Response.Headers.RetryAfter);
    }

    [Fact]
    public async Task Signing_out_ends_the_session()
    {
        using var browser = await shared.App.Browser();
        var cookies = browser.Cookies.GetCookieHeader(shared.App.Address);
        Assert.Equal("/users/sign_in", (await browser.Post(Tokens, "/users/sign_out")).Location);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.Get(Tokens)).Status);
        // The cookie itself opens nothing any more.
        using var thief = new PageClient(shared.App.Address);
        thief.Cookies.SetCookies(shared.App.Address, cookies.Replace("; ", ",", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.Redirect, (await thief.Get(Tokens)).Status);
    }

    [Fact]
    public async Task What_another_tab_has_done_already_is_no_error()
    {
        using var browser = await shared.App.Browser();
        Assert.Equal("/-/calendar", (await browser.PostUnmarked("/users/sign_in", ("login", "root"), ("password", "any"), ("return_to", "/-/calendar"))).Location);
        Assert.Equal("/", (await browser.PostUnmarked("/users/sign_in", ("login", "root"), ("password", "any"), ("return_to", "//example.com"))).Location);
        await browser.Post(Tokens, "/users/sign_out");
        Assert.Equal("/users/sign_in", (await browser.PostUnmarked("/users/sign_out")).Location);
    }

    [Fact]
    public async Task A_session_ends_when_it_is_not_used()
    {
        await using var app = await PatrolApp.Start();
        using var browser = await app.Browser();
        app.Clock.Advance(TimeSpan.FromHours(7));
        Assert.Equal(HttpStatusCode.OK, (await browser.Get(Tokens)).Status);
        app.Clock.Advance(TimeSpan.FromHours(9));
        Assert.Equal(HttpStatusCode.Redirect, (await browser.Get(Tokens)).Status);
    }

    [Fact]
    public async Task Cookies_are_out_of_reach_of_scripts_and_other_sites()
    {
        using var browser = new PageClient(shared.App.Address);
        var form = await browser.Get("/users/sign_in");
        var signedIn = await browser.SignIn();
        var cookies = form.Response.Headers.GetValues("Set-Cookie").Concat(signedIn.Response.Headers.GetValues("Set-Cookie")).ToList();
        Assert.True(cookies.Count >= 2);
        Assert.All(cookies, cookie =>
        {
            Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.Matches("(?i)samesite=(lax|strict)", cookie);
        });
    }
}
