using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Patrol.Server.Tokens;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Web;

public sealed class OwnTokensTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private const string Tokens = "/-/user_settings/personal_access_tokens";

    private PatrolApp App => shared.App;

    [Theory]
    [InlineData("/-/profile/personal_access_tokens?name=Example+token&scopes=api,read_user", "?name=Example+token&scopes=api,read_user")]
    [InlineData("/secure/ViewProfile.jspa?selectedTab=com.atlassian.pats.pats-plugin:jira-user-personal-access-tokens", "?selectedTab=com.atlassian.pats.pats-plugin:jira-user-personal-access-tokens")]
    [InlineData("/jira/secure/ViewProfile.jspa", "")]
    [InlineData("/plugins/personalaccesstokens/usertokens.action", "")]
    [InlineData("/confluence/plugins/personalaccesstokens/usertokens.action", "")]
    public async Task Addresses_that_people_know_lead_to_the_page(string known, string query)
    {
        using var browser = await App.Browser();
        Assert.Equal(Tokens + query, (await browser.Get(known)).Location);
    }

    [Fact]
    public async Task A_token_expires_soon_when_its_last_warning_is_due()
    {
        await using var app = await PatrolApp.Start();
        await app.Client().Post("users/1/personal_access_tokens", new { name = "twenty days left", scopes = new[] { "api" }, expires_at = "2026-12-12" });
        using var browser = await app.Browser();
        Assert.DoesNotContain("expires soon", (await browser.Get(Tokens)).Text, StringComparison.Ordinal);
        await app.Client().Put("application/settings", new { expiry_warning_days = "60,20" });
        Assert.Contains("expires soon", (await browser.Get(Tokens)).Text, StringComparison.Ordinal);
        await app.Client().Put("application/settings", new { expiry_warning_days = "19" });
        Assert.DoesNotContain("expires soon", (await browser.Get(Tokens)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_form_is_filled_in_from_the_address()
    {
        using var browser = await App.Browser();
        var page = await browser.Get($"{Tokens}?name=Example+token&description=for+me&scopes=api,read_user,nonsense");
        Assert.Contains("value=\"Example token\"", page.Text, StringComparison.Ordinal);
        Assert.Contains("value=\"for me\"", page.Text, StringComparison.Ordinal);
        Assert.Matches("value=\"api\" checked", page.Text);
        Assert.Matches("value=\"read_user\" checked", page.Text);
        Assert.DoesNotMatch("value=\"read_api\" checked", page.Text);
        Assert.DoesNotContain("value=\"nonsense\"", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_token_is_shown_once_and_works()
    {
        using var browser = await App.Browser();
        var sent = await browser.Post(Tokens, Tokens, ("name", "once"), ("scopes", "read_api"), ("expires_at", "2027-06-30"));
        Assert.Equal((HttpStatusCode.SeeOther, Tokens), (sent.Status, sent.Location));
        Assert.DoesNotContain("glpat-", sent.Text + sent.Response.Headers, StringComparison.Ordinal);
        var cookies = browser.Cookies.GetCookieHeader(App.Address);

        var page = await browser.Get(Tokens);
        Assert.True(page.Response.Headers.CacheControl!.NoStore);
        var text = page.ShownOnce!;
        var (status, self) = await App.Client(text).Get("personal_access_tokens/self");
        Assert.Equal((200, "once", "2027-06-30"), (status, self.GetProperty("name").GetString(), self.GetProperty("expires_at").GetString()));

        Assert.DoesNotContain(text, (await browser.Get(Tokens)).Text, StringComparison.Ordinal);
        // Not even with the cookies of the moment at which it was shown.
        using var again = new PageClient(App.Address);
        again.Cookies.SetCookies(App.Address, cookies.Replace("; ", ",", StringComparison.Ordinal));
        var repeated = await again.Get(Tokens);
        Assert.Equal((HttpStatusCode.OK, null), (repeated.Status, repeated.ShownOnce));
    }

    [Theory]
    [InlineData("name", "", "Can&#x27;t be blank")]
    [InlineData("expires_at", "2028-01-01", "Must be before 2027-11-22")]
    [InlineData("expires_at", "2026-11-22", "Must be in the future")]
    [InlineData("expires_at", "tomorrow", "Must be a date such as 2027-01-31")]
    [InlineData("expires_at", "", "Can&#x27;t be blank")]
    [InlineData("scopes", "nonsense", "Can&#x27;t be blank")]
    public async Task What_is_wrong_is_said_at_its_field_and_nothing_is_lost(string field, string value, string problem)
    {
        using var browser = await App.Browser();
        var fields = new Dictionary<string, string> { ["name"] = "kept name", ["expires_at"] = "2027-01-01", ["scopes"] = "read_api", ["description"] = "kept words", [field] = value };
        var answer = await browser.Post(Tokens, Tokens, [.. fields.Select(pair => (pair.Key, pair.Value))]);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.Status);
        Assert.Contains(problem, answer.Text, StringComparison.Ordinal);
        Assert.Contains("kept words", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Revoking_is_asked_for_twice_and_ends_the_token()
    {
        var (username, id) = await App.AddPerson();
        var token = await App.AddToken(id, "read_api");
        using var browser = await App.Browser(username, PageKit.Password);
        var number = (await App.Client(token).Get("personal_access_tokens/self")).Body.GetProperty("id").GetInt64();
        var question = await browser.Get($"{Tokens}/{number}/revoke");
        Assert.Contains("This cannot be undone", question.Text, StringComparison.Ordinal);
        Assert.Equal(200, (await App.Client(token).Get("personal_access_tokens/self")).Status);
        Assert.Equal(Tokens, (await browser.Post($"{Tokens}/{number}/revoke", $"{Tokens}/{number}/revoke")).Location);
        Assert.Contains("is revoked.", (await browser.Get(Tokens)).Text, StringComparison.Ordinal);
        Assert.Equal(401, (await App.Client(token).Get("personal_access_tokens/self")).Status);
    }

    [Fact]
    public async Task Nobody_reaches_somebody_elses_token()
    {
        var (_, owner) = await App.AddPerson();
        var number = (await App.Client(await App.AddToken(owner)).Get("personal_access_tokens/self")).Body.GetProperty("id").GetInt64();
        var (other, _) = await App.AddPerson();
        using var browser = await App.Browser(other, PageKit.Password);
        foreach (var action in (string[])["revoke", "renew"])
        {
            Assert.Equal(HttpStatusCode.NotFound, (await browser.Get($"{Tokens}/{number}/{action}")).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await browser.Post(Tokens, $"{Tokens}/{number}/{action}", ("expires_at", "2027-01-01"))).Status);
        }
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task A_renewed_token_works_for_the_chosen_time_and_is_then_revoked_by_itself(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        var (username, _) = await app.AddPerson();
        using var browser = await app.Browser(username, PageKit.Password);
        await browser.Post(Tokens, Tokens, ("name", "to renew"), ("scopes", "read_api"), ("expires_at", "2026-12-22"));
        var old = (await browser.Get(Tokens)).ShownOnce!;
        var number = (await app.Client(old).Get("personal_access_tokens/self")).Body.GetProperty("id").GetInt64();
        // As long as the old one was made for.
        Assert.Contains("value=\"2026-12-22\"", (await browser.Get($"{Tokens}/{number}/renew")).Text, StringComparison.Ordinal);
        Assert.Equal(Tokens, (await browser.Post($"{Tokens}/{number}/renew", $"{Tokens}/{number}/renew", ("expires_at", "2027-01-31"), ("grace", "24"))).Location);
        var page = await browser.Get(Tokens);
        var renewed = page.ShownOnce!;
        Assert.Contains("it will be revoked at 2026-11-23 12:00", page.Text, StringComparison.Ordinal);
        await app.Settle();
        var mails = app.TakeMails();
        Assert.Equal(["A new personal access token has been created", "Your personal access token has been renewed"], mails.Select(mail => mail.Subject));
        Assert.Contains("The old one works on", mails[1].TextBody, StringComparison.Ordinal);

        var (_, body) = await app.Client(renewed).Get("personal_access_tokens/self");
        Assert.Equal(("to renew", "2027-01-31"), (body.GetProperty("name").GetString(), body.GetProperty("expires_at").GetString()));
        Assert.Equal(["read_api"], body.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString()));
        Assert.Equal(200, (await app.Client(old).Get("personal_access_tokens/self")).Status);

        var retire = app.Services.GetRequiredService<RetireTokens>();
        app.Clock.Advance(TimeSpan.FromHours(23));
        Assert.Equal(0, await retire.Handle(app.Clock.GetUtcNow()));
        app.Clock.Advance(TimeSpan.FromHours(1));
        await retire.Handle(app.Clock.GetUtcNow());
        Assert.Equal(401, (await app.Client(old).Get("personal_access_tokens/self")).Status);
        using var later = await app.Browser(username, PageKit.Password);
        Assert.Contains("It is revoked already.", (await later.Get($"{Tokens}/{number}/revoke")).Text, StringComparison.Ordinal);
        Assert.Equal(200, (await app.Client(renewed).Get("personal_access_tokens/self")).Status);
        await app.Settle();
        Assert.Equal("Your personal access token has been revoked", Assert.Single(app.TakeMails()).Subject);
    }
}
