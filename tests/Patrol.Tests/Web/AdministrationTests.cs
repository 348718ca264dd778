using System.Net;
using System.Text.RegularExpressions;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Web;

public sealed class AdministrationTests : IAsyncLifetime
{
    private PatrolApp app = null!;
    private PageClient browser = null!;

    public async ValueTask InitializeAsync()
    {
        app = await PatrolApp.Start();
        browser = await app.Browser();
    }

    public async ValueTask DisposeAsync()
    {
        browser.Dispose();
        await app.DisposeAsync();
    }

    [Theory]
    [InlineData("owner=mika", "alpha,beta")]
    [InlineData("owner=%40mika&search=ALP", "alpha")]
    [InlineData("owner=mika&scope=api", "beta")]
    [InlineData("owner=mika&expires_from=2027-01-01&expires_to=2027-01-31", "alpha")]
    [InlineData("owner=mika&on=2027-03-01", "beta")]
    [InlineData("owner=mika&state=inactive", "")]
    [InlineData("owner=mika&kind=impersonation", "")]
    [InlineData("owner=mika&created_from=2026-11-22&created_to=2026-11-22", "alpha,beta")]
    [InlineData("owner=mika&created_to=2026-11-21", "")]
    [InlineData("owner=mika&used=never&sort=name_desc", "beta,alpha")]
    [InlineData("owner=mika&used_from=2026-11-22", "")]
    [InlineData("owner=mika&expiry=none", "")]
    [InlineData("owner=mika&expiry=some&sort=expires_desc", "beta,alpha")]
    public async Task Filters_and_order_find_what_they_say(string query, string names)
    {
        await AddTwo();
        var page = await browser.Get($"/admin/tokens?sort=name_asc&{query}".Replace("sort=name_asc&", query.Contains("sort=", StringComparison.Ordinal) ? "" : "sort=name_asc&", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Equal(names, string.Join(',', Regex.Matches(page.Text, "class=\"name\"[^>]*><bdi>([^<]*)</bdi>").Select(match => match.Groups[1].Value)));
    }

    [Theory]
    [InlineData("owner=nobody-there", "Is not the name or id of a user")]
    [InlineData("expires_from=soon", "Must be a date such as 2027-01-31")]
    [InlineData("state=unused", "Does not have a valid value")]
    [InlineData("expiry=soon", "Does not have a valid value")]
    [InlineData("used=yesterday", "Does not have a valid value")]
    [InlineData("kind=robot", "Does not have a valid value")]
    [InlineData("scope=everything", "Is not a known scope")]
    public async Task A_filter_that_says_nothing_is_told_and_never_means_everything(string query, string problem)
    {
        var page = await browser.Get($"/admin/tokens?{query}");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Contains(problem, page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("name=\"ids\"", page.Text, StringComparison.Ordinal);
        var plan = await browser.Post("/admin/tokens", "/admin/tokens/bulk", ("query", $"?{query}"), ("which", "all"), ("action", "revoke"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, plan.Status);
        Assert.Contains(problem, plan.Text, StringComparison.Ordinal);
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task A_null_byte_is_nobodys_name(Engine engine)
    {
        await using var server = await PatrolApp.Start(engine);
        using var root = await server.Browser();
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await root.Get("/admin/tokens?owner=a%00b")).Status);
    }

    [Fact]
    public async Task Many_are_counted_and_confirmed_before_anything_happens()
    {
        var (alpha, beta) = await AddTwo();
        (string, string)[] all = [("query", "?owner=mika"), ("which", "all"), ("action", "revoke")];
        var plan = await browser.Post("/admin/tokens", "/admin/tokens/bulk", all);
        Assert.Contains("2 tokens match and would be changed.", plan.Text, StringComparison.Ordinal);
        Assert.Equal("active", await State(alpha));
        // Without the tick, and without having seen what matches now.
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await browser.Post("/admin/tokens", "/admin/tokens/bulk/confirm", [.. all, ("seen", plan.Seen)])).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await browser.Post("/admin/tokens", "/admin/tokens/bulk/confirm", [.. all, ("sure", "yes")])).Status);
        Assert.Equal("active", await State(alpha));
        var done = await browser.ConfirmBulk(all);
        Assert.Equal("/admin/tokens?owner=mika", done.Location);
        Assert.Contains("2 tokens are revoked.", (await browser.Get(done.Location!)).Text, StringComparison.Ordinal);
        Assert.Equal(("revoked", "revoked"), (await State(alpha), await State(beta)));
    }

    [Fact]
    public async Task What_was_confirmed_are_those_tokens_and_not_as_many_others()
    {
        var (alpha, beta) = await AddTwo();
        await app.Client().Delete($"personal_access_tokens/{beta}");
        (string, string)[] all = [("query", "?owner=mika&state=active"), ("which", "all"), ("action", "revoke")];
        var plan = await browser.Post("/admin/tokens", "/admin/tokens/bulk", all);
        await app.Client().Delete($"personal_access_tokens/{alpha}");
        var (_, another) = await app.Client().Post($"users/{(await app.Client().Get("users?username=mika")).Body[0].GetProperty("id").GetInt64()}/personal_access_tokens", new { name = "gamma", scopes = new[] { "api" } });
        var answer = await browser.Post("/admin/tokens", "/admin/tokens/bulk/confirm", [.. all, ("seen", plan.Seen), ("sure", "yes")]);
        Assert.Contains("Meanwhile other tokens match.", answer.Text, StringComparison.Ordinal);
        Assert.Equal("active", await State(another.GetProperty("id").GetInt64()));
    }

    [Fact]
    public async Task Whoever_would_shorten_lives_is_told()
    {
        await AddTwo();
        var plan = await browser.Post("/admin/tokens", "/admin/tokens/bulk", ("query", "?owner=mika"), ("which", "all"), ("action", "extend_to"), ("to", "2027-02-01"));
        Assert.Contains("1 of them would end sooner than it does now.", plan.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_selected_ones_alone_are_changed()
    {
        var (alpha, beta) = await AddTwo();
        (string, string)[] one = [("query", "?owner=mika"), ("which", "selected"), ("ids", $"{alpha}"), ("action", "extend_to"), ("to", "2027-09-09")];
        Assert.Contains("1 selected token would be changed.", (await browser.Post("/admin/tokens", "/admin/tokens/bulk", one)).Text, StringComparison.Ordinal);
        await browser.ConfirmBulk(one);
        Assert.Equal(("2027-09-09", "2027-03-01"), (await Expiry(alpha), await Expiry(beta)));
        var none = await browser.Post("/admin/tokens", "/admin/tokens/bulk", ("which", "selected"), ("action", "revoke"));
        Assert.Contains("No token is selected", none.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("extend_by", "by", "1mo", "2027-02-15")]
    [InlineData("remove_expiry", "by", "", "")]
    public async Task Dates_are_put_off_or_taken_away(string action, string field, string value, string expiry)
    {
        var (alpha, _) = await AddTwo();
        (string, string)[] one = [("which", "selected"), ("ids", $"{alpha}"), ("action", action), (field, value)];
        Assert.Equal(HttpStatusCode.SeeOther, (await browser.ConfirmBulk(one)).Status);
        Assert.Equal(expiry, await Expiry(alpha));
    }

    [Fact]
    public async Task A_day_that_has_passed_is_no_new_expiry()
    {
        var (alpha, _) = await AddTwo();
        var plan = await browser.Post("/admin/tokens", "/admin/tokens/bulk", ("which", "selected"), ("ids", $"{alpha}"), ("action", "extend_to"), ("to", "2026-11-22"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, plan.Status);
        Assert.Contains("Must be after today", plan.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Csv_holds_what_is_shown_and_runs_nothing_in_a_spreadsheet()
    {
        var (_, id) = await app.AddPerson("robin");
        foreach (var name in (string[])["=HYPERLINK(\"http://x\")", "with, comma \"and\" quotes"])
            await app.Client().Post($"users/{id}/personal_access_tokens", new { name, scopes = new[] { "read_api" }, expires_at = "2027-01-01" });
        await AddTwo();
        var csv = await browser.Get("/admin/tokens.csv?owner=robin&sort=created_asc");
        Assert.Equal("text/csv", csv.Response.Content.Headers.ContentType!.MediaType);
        var lines = csv.Text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("id,kind,name,", lines[0], StringComparison.Ordinal);
        Assert.Contains(",personal,\"'=HYPERLINK(\"\"http://x\"\")\",", lines[1], StringComparison.Ordinal);
        Assert.Contains(",\"with, comma \"\"and\"\" quotes\",,robin,", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Blocking_is_asked_for_and_ends_the_users_sessions_and_tokens()
    {
        var (username, id) = await app.AddPerson();
        var token = await app.AddToken(id);
        using var theirs = await app.Browser(username, PageKit.Password);
        Assert.Contains("stop working at once", (await browser.Get($"/admin/users/{id}/block")).Text, StringComparison.Ordinal);
        Assert.Equal($"/admin/users/{id}", (await browser.Post("/admin/users", $"/admin/users/{id}/block")).Location);
        Assert.Equal(HttpStatusCode.Redirect, (await theirs.Get("/-/calendar")).Status);
        Assert.Equal(403, (await app.Client(token).Get("user")).Status);
        await browser.Post("/admin/users", $"/admin/users/{id}/unblock");
        Assert.Equal(200, (await app.Client(token).Get("user")).Status);
        // Nobody locks themselves out.
        Assert.Equal(HttpStatusCode.Forbidden, (await browser.Post("/admin/users", "/admin/users/1/block")).Status);
    }

    [Fact]
    public async Task An_impersonation_token_is_made_shown_once_and_revoked()
    {
        var (username, id) = await app.AddPerson();
        var sent = await browser.Post($"/admin/users/{id}", $"/admin/users/{id}/impersonation_tokens", ("name", "support"), ("scopes", "read_api"), ("expires_at", "2027-01-01"));
        Assert.Equal($"/admin/users/{id}", sent.Location);
        var text = (await browser.Get($"/admin/users/{id}")).ShownOnce!;
        var (_, user) = await app.Client(text).Get("user");
        Assert.Equal(username, user.GetProperty("username").GetString());
        var number = (await app.Client(text).Get("personal_access_tokens/self")).Body.GetProperty("id").GetInt64();
        using var theirs = await app.Browser(username, PageKit.Password);
        Assert.DoesNotContain("support", (await theirs.Get("/-/user_settings/personal_access_tokens")).Text, StringComparison.Ordinal);
        await browser.Post($"/admin/users/{id}", $"/admin/users/{id}/impersonation_tokens/{number}/revoke");
        Assert.Equal(401, (await app.Client(text).Get("user")).Status);
    }

    [Fact]
    public async Task Settings_are_saved_as_a_whole_or_not_at_all()
    {
        (string, string)[] fields =
        [
            ("require_personal_access_token_expiry", "true"), ("enforce_pat_expiration", "true"), ("impersonation_enabled", "true"),
            ("max_personal_access_token_lifetime", "90"), ("personal_access_token_prefix", "acme-"), ("last_used_update_interval_minutes", "10"), ("expiry_warning_days", "45, 5"),
            ("atlassian.pats.enabled", "true"), ("atlassian.pats.eternal.tokens.enabled", "true"), ("atlassian.pats.mail.notifications.enabled", "true"),
            ("atlassian.pats.invalidate.session.enabled", "true"), ("atlassian.pats.last.used.update.interval.mins", "1"), ("atlassian.pats.pruning.delay.days", "30"),
            ("atlassian.pats.max.tokens.expiry.days", "365"), ("atlassian.pats.max.tokens.per.user", "12"), ("atlassian.pats.auth.cache.expiry.mins", "60"),
            ("atlassian.pats.expiry.warning.days", "5"), ("atlassian.pats.token.name.length", "40"),
        ];
        Assert.Equal("/admin/settings", (await browser.Post("/admin/settings", "/admin/settings", fields)).Location);
        var (_, saved) = await app.Client().Get("application/settings");
        Assert.Equal((90, "acme-"), (saved.GetProperty("max_personal_access_token_lifetime").GetInt32(), saved.GetProperty("personal_access_token_prefix").GetString()));
        Assert.Equal("45,5", saved.GetProperty("expiry_warning_days").GetString());
        Assert.Equal(12, saved.GetProperty("atlassian.pats.max.tokens.per.user").GetInt32());

        fields[3] = ("max_personal_access_token_lifetime", "4000");
        fields[4] = ("personal_access_token_prefix", "other-");
        var refused = await browser.Post("/admin/settings", "/admin/settings", fields);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains("Must be between 1 and 365", refused.Text, StringComparison.Ordinal);
        Assert.Contains("value=\"other-\"", refused.Text, StringComparison.Ordinal);
        (_, saved) = await app.Client().Get("application/settings");
        Assert.Equal("acme-", saved.GetProperty("personal_access_token_prefix").GetString());
    }

    [Fact]
    public async Task The_audit_trail_is_filtered()
    {
        var (alpha, _) = await AddTwo();
        await app.Client().Delete($"personal_access_tokens/{alpha}");
        var rows = Regex.Matches((await browser.Get($"/admin/audit?kind=token&target={alpha}")).Text, "<span class=\"mono\">([a-z._]+)</span>").Select(match => match.Groups[1].Value);
        Assert.Equal(["token.revoke", "token.create"], rows);
        Assert.DoesNotContain("token.create", (await browser.Get("/admin/audit?action=token.revoke&actor=root&since=2026-11-22&until=2026-11-22")).Text, StringComparison.Ordinal);
        Assert.Contains("Must be a date such as 2027-01-31", (await browser.Get("/admin/audit?since=soon")).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await browser.Get("/admin/audit?target=all")).Status);
        Assert.Contains("Nothing is written down.", (await browser.Get("/admin/audit?until=2026-11-21")).Text, StringComparison.Ordinal);
    }

    private async Task<(long Alpha, long Beta)> AddTwo()
    {
        var (_, id) = await app.AddPerson("mika");
        async Task<long> Token(string name, string scope, string day) =>
            (await app.Client().Post($"users/{id}/personal_access_tokens", new { name, scopes = new[] { scope }, expires_at = day })).Body.GetProperty("id").GetInt64();
        return (await Token("alpha", "read_api", "2027-01-15"), await Token("beta", "api", "2027-03-01"));
    }

    private async Task<string> State(long id)
    {
        var (_, body) = await app.Client().Get($"personal_access_tokens/{id}");
        return body.GetProperty("revoked").GetBoolean() ? "revoked" : "active";
    }

    private async Task<string> Expiry(long id) => (await app.Client().Get($"personal_access_tokens/{id}")).Body.GetProperty("expires_at").GetString() ?? "";
}
