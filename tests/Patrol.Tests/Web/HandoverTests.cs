using System.Net;
using Microsoft.Data.Sqlite;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Web;

/// <summary>The one sight of a new token is lost neither to a page that cannot be made nor to a cookie that browsers do not keep.</summary>
public sealed class HandoverTests
{
    private const string Tokens = "/-/user_settings/personal_access_tokens";
    private static readonly (string, string)[] Fields = [("scopes", "read_api"), ("access_level", "30"), ("expires_at", "2027-01-01")];

    [Theory]
    [InlineData(Tokens, Tokens)]
    [InlineData("/root/kept/-/settings/access_tokens", "/root/kept/-/settings/access_tokens")]
    [InlineData("/admin/users/2", "/admin/users/2/impersonation_tokens")]
    public async Task A_page_that_breaks_leaves_the_new_token_to_the_next_try(string page, string action)
    {
        await using var app = await PatrolApp.Start();
        await app.AddPerson();
        await app.AddProject(path: "kept");
        using var browser = await app.Browser();
        Assert.Equal(page, (await browser.Post(page, action, [("name", "kept"), .. Fields])).Location);
        // The page's list can no longer be read; who is signed in can.
        await app.Store().Write(scope => (Task)scope.Execute("ALTER TABLE tokens RENAME COLUMN description TO gone"));
        Assert.Equal(HttpStatusCode.InternalServerError, (await browser.Get(page)).Status);
        await app.Store().Write(scope => (Task)scope.Execute("ALTER TABLE tokens RENAME COLUMN gone TO description"));
        Assert.NotNull((await browser.Get(page)).ShownOnce);
        Assert.Null((await browser.Get(page)).ShownOnce);
    }

    [Fact]
    public async Task While_the_database_takes_no_changes_the_browser_keeps_the_new_token()
    {
        await using var app = await PatrolApp.Start();
        using var browser = await app.Browser();
        await browser.Post(Tokens, Tokens, [("name", "kept"), .. Fields]);
        await using (var holder = new SqliteConnection($"Data Source={Path.Combine(app.DataFolder, "patrol.db")};Pooling=false"))
        {
            await holder.OpenAsync();
            await using var held = holder.BeginTransaction(deferred: false);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await browser.Get(Tokens)).Status);
        }
        Assert.NotNull((await browser.Get(Tokens)).ShownOnce);
    }

    [Fact]
    public async Task The_longest_name_of_the_longest_letters_fits_into_the_cookies_that_browsers_keep()
    {
        await using var app = await PatrolApp.Start();
        using var browser = await app.Browser();
        var name = string.Concat(Enumerable.Repeat("🦉", 255));
        AssertKept(await browser.Post(Tokens, Tokens, [("name", name), .. Fields]));
        var page = await browser.Get(Tokens);
        Assert.Contains($"“{name}”", WebUtility.HtmlDecode(page.Text), StringComparison.Ordinal);
        var id = (await app.Client(page.ShownOnce!).Get("personal_access_tokens/self")).Body.Id();
        AssertKept(await browser.Post($"{Tokens}/{id}/revoke", $"{Tokens}/{id}/revoke"));
        Assert.Contains($"“{name}” is revoked.", WebUtility.HtmlDecode((await browser.Get(Tokens)).Text), StringComparison.Ordinal);

        static void AssertKept(PageAnswer answer) =>
            Assert.All(answer.Response.Headers.GetValues("Set-Cookie"), cookie => Assert.InRange(cookie.Length, 1, 4_095));
    }
}
