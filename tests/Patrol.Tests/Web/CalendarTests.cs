using System.Net;
using System.Text;
using Patrol.Server.Web.Administration;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Web;

public sealed class CalendarTests(SharedApp shared) : IClassFixture<SharedApp>
{
    [Fact]
    public async Task The_feed_holds_ones_own_dates_at_an_address_that_is_shown_once_and_can_be_changed()
    {
        var (username, id) = await shared.App.AddPerson();
        await shared.App.Client().Post($"users/{id}/personal_access_tokens", new { name = "with; comma, and \\ back", scopes = new[] { "read_api" }, expires_at = "2027-02-03" });
        using var browser = await shared.App.Browser(username, PageKit.Password);
        Assert.Equal("/-/calendar", (await browser.Post("/-/calendar", "/-/calendar")).Location);
        var address = (await browser.Get("/-/calendar")).ShownOnce!;
        Assert.Null((await browser.Get("/-/calendar")).ShownOnce);

        using var program = new PageClient(shared.App.Address);
        var feed = await program.Get(new Uri(address).PathAndQuery);
        Assert.Equal("text/calendar", feed.Response.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith("BEGIN:VCALENDAR\r\n", feed.Text, StringComparison.Ordinal);
        Assert.Contains("DTSTART;VALUE=DATE:20270203\r\n", feed.Text, StringComparison.Ordinal);
        Assert.Contains("with\\; comma\\, and \\\\ back", feed.Text.Replace("\r\n ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.All(feed.Text.Split("\r\n"), line => Assert.True(Encoding.UTF8.GetByteCount(line) <= 75, line));
        // It opens nothing else, and nothing of administrators.
        Assert.Equal(HttpStatusCode.NotFound, (await program.Get(new Uri(address).PathAndQuery.Replace("tokens.ics", "instance.ics", StringComparison.Ordinal))).Status);
        Assert.Equal(HttpStatusCode.Redirect, (await program.Get("/-/calendar")).Status);

        await browser.Post("/-/calendar", "/-/calendar");
        Assert.Equal(HttpStatusCode.NotFound, (await program.Get(new Uri(address).PathAndQuery)).Status);
        var newer = (await browser.Get("/-/calendar")).ShownOnce!;
        await shared.App.Client().Post($"users/{id}/block");
        Assert.Equal(HttpStatusCode.NotFound, (await program.Get(new Uri(newer).PathAndQuery)).Status);
    }

    [Fact]
    public async Task An_administrators_feed_counts_the_tokens_of_each_day()
    {
        await using var app = await PatrolApp.Start();
        for (var i = 0; i < 3; i++)
            await app.Client().Post("users/1/personal_access_tokens", new { name = "x", scopes = new[] { "read_api" }, expires_at = "2027-02-03" });
        using var browser = await app.Browser();
        await browser.Post("/-/calendar", "/-/calendar");
        var address = new Uri((await browser.Get("/-/calendar")).ShownOnce!).PathAndQuery.Replace("tokens.ics", "instance.ics", StringComparison.Ordinal);
        Assert.Contains("SUMMARY:3 tokens expire\r\n", (await browser.Get(address)).Text, StringComparison.Ordinal);
        // A calendar program names no language: whose feed it is decides.
        Assert.Equal(200, (await app.Client().Put("users/1", new { preferred_language = "ja" })).Status);
        Assert.DoesNotContain("tokens expire", await app.Client(null).GetStringAsync(address), StringComparison.Ordinal);
    }

    [Fact]
    public void A_cliff_stands_out_and_a_busy_day_is_none()
    {
        var today = new DateOnly(2026, 11, 22);
        var counts = new SortedDictionary<DateOnly, long> { [today.AddDays(-1)] = 9_999, [today.AddYears(2)] = 7 };
        for (var day = 1; day <= 100; day++)
            counts[today.AddDays(day)] = 10;
        counts[today.AddDays(50)] = 79;
        counts[today.AddDays(60)] = 81;
        var calendar = new ExpiryCalendar(counts, today);
        Assert.Equal([today.AddDays(60)], calendar.Cliffs.Select(day => day.Key));
        Assert.Equal((10, 7, 98 * 10 + 79 + 81), (calendar.Usual, calendar.Later, calendar.Total));
        Assert.Equal([1, 4, 5], ((long[])[10, 79, 81]).Select(calendar.Level));
    }

    [Fact]
    public async Task A_day_of_the_calendar_leads_to_its_tokens()
    {
        await using var app = await PatrolApp.Start();
        await app.Client().Post("users/1/personal_access_tokens", new { name = "on that day", scopes = new[] { "read_api" }, expires_at = "2027-02-03" });
        using var browser = await app.Browser();
        Assert.Contains("href=\"/admin/tokens?on=2027-02-03\"", (await browser.Get("/admin/expiry")).Text, StringComparison.Ordinal);
        Assert.Contains("on that day", (await browser.Get("/admin/tokens?on=2027-02-03")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("on that day", (await browser.Get("/admin/tokens?on=2027-02-04")).Text, StringComparison.Ordinal);
    }
}
