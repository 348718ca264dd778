using System.Net;
using System.Text.RegularExpressions;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Web;

/// <summary>What holds of every page.</summary>
public sealed partial class PageSafetyTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private const string Tokens = "/-/user_settings/personal_access_tokens";

    public static TheoryData<string> Pages =>
    [
        "/users/sign_in", "/-/token_check", Tokens, "/-/resources", "/-/calendar", "/admin/tokens", "/admin/tokens/1", "/admin/expiry",
        "/-/user_settings/password/edit", "/admin/users", "/admin/users/new", "/admin/users/1", "/admin/users/1/edit", "/admin/settings", "/admin/jobs", "/admin/audit", "/nowhere",
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Nothing_runs_on_a_page_and_nothing_is_loaded_that_is_not_ours(string path)
    {
        using var browser = await shared.App.Browser();
        var page = await browser.Get(path);
        var policy = page.Response.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.True(page.Response.Headers.CacheControl!.NoStore);
        Assert.Equal("nosniff", page.Response.Headers.GetValues("X-Content-Type-Options").Single());
        // Neither script nor style within, and every address is a path of this server.
        Assert.DoesNotMatch("(?i)<script(?![^>]* src=)|<style|[ ]on[a-z]+=|[ ]style=|javascript:", page.Text);
        Assert.All(Address().Matches(page.Text), address => Assert.StartsWith("/", address.Groups[1].Value, StringComparison.Ordinal));
        Assert.All(Form().Matches(page.Text), form => Assert.Contains("name=\"form_mark\"", form.Value, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Tokens)]
    [InlineData("/users/sign_out")]
    [InlineData("/admin/tokens/bulk/confirm")]
    [InlineData("/admin/users")]
    [InlineData("/admin/users/1/edit")]
    [InlineData("/-/user_settings/password")]
    [InlineData("/admin/users/1/block")]
    [InlineData("/admin/settings")]
    [InlineData("/-/calendar")]
    [InlineData("/-/preferences")]
    [InlineData("/-/token_check")]
    public async Task A_form_that_is_not_from_our_page_is_refused(string action)
    {
        using var browser = await shared.App.Browser();
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.PostUnmarked(action, ("name", "x"), ("scopes", "api"))).Status);
        // Nor with the mark of somebody else's page.
        using var stranger = new PageClient(shared.App.Address);
        var mark = WebUtility.HtmlDecode(Regex.Match((await stranger.Get("/users/sign_in")).Text, "name=\"form_mark\" value=\"([^\"]+)\"").Groups[1].Value);
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.PostUnmarked(action, ("form_mark", mark), ("name", "x"), ("scopes", "api"))).Status);
    }

    [Fact]
    public async Task A_form_that_is_not_from_our_page_signs_nobody_in()
    {
        var (username, _) = await shared.App.AddPerson();
        (string, string)[] form = [("login", username), ("password", PageKit.Password)];
        using var nobody = new PageClient(shared.App.Address);
        Assert.Equal(HttpStatusCode.BadRequest, (await nobody.PostUnmarked("/users/sign_in", form)).Status);
        using var browser = await shared.App.Browser();
        var session = browser.Cookies.GetCookieHeader(shared.App.Address);
        await browser.PostUnmarked("/users/sign_in", form);
        Assert.Equal(session, browser.Cookies.GetCookieHeader(shared.App.Address));
    }

    [Theory]
    [InlineData("/admin/tokens")]
    [InlineData("/admin/tokens.csv")]
    [InlineData("/admin/tokens/1")]
    [InlineData("/admin/expiry")]
    [InlineData("/admin/users")]
    [InlineData("/admin/users/new")]
    [InlineData("/admin/users/1/edit")]
    [InlineData("/admin/settings")]
    [InlineData("/admin/jobs")]
    [InlineData("/admin/audit")]
    public async Task Pages_of_administrators_are_not_there_for_others(string path)
    {
        var (username, _) = await shared.App.AddPerson();
        using var browser = await shared.App.Browser(username, PageKit.Password);
        Assert.Equal(HttpStatusCode.NotFound, (await browser.Get(path)).Status);
        Assert.DoesNotContain("/admin/", (await browser.Get(Tokens)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_cookie_is_for_https_alone_where_people_come_by_https()
    {
        await using var app = await PatrolApp.Start("--public-url=https://tokens.example.org/");
        using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false }) { BaseAddress = app.Address };
        var cookies = new Dictionary<string, string>(StringComparer.Ordinal);
        async Task<string> Ask(HttpMethod method, string path, params (string, string)[] fields)
        {
            using var request = new HttpRequestMessage(method, path);
            if (cookies.Count > 0)
                request.Headers.Add("Cookie", string.Join("; ", cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
            if (fields.Length > 0)
                request.Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Item1, field.Item2)));
            using var answer = await browser.SendAsync(request);
            foreach (var cookie in answer.Headers.TryGetValues("Set-Cookie", out var set) ? set : [])
            {
                Assert.Contains("; secure", cookie, StringComparison.OrdinalIgnoreCase);
                Assert.Contains("; httponly", cookie, StringComparison.OrdinalIgnoreCase);
                Assert.Contains("; samesite=", cookie, StringComparison.OrdinalIgnoreCase);
                cookies[cookie.Split('=')[0]] = cookie.Split('=', 2)[1].Split(';')[0];
            }
            return WebUtility.HtmlDecode(Regex.Match(await answer.Content.ReadAsStringAsync(), "name=\"form_mark\" value=\"([^\"]+)\"").Groups[1].Value);
        }
        var mark = await Ask(HttpMethod.Get, "/users/sign_in");
        await Ask(HttpMethod.Post, "/users/sign_in", ("form_mark", mark), ("login", "root"), ("password", "correct horse battery"));
        mark = await Ask(HttpMethod.Get, Tokens);
        await Ask(HttpMethod.Post, Tokens, ("form_mark", mark), ("name", "x"), ("scopes", "api"), ("expires_at", "2027-01-01"));
        await Ask(HttpMethod.Post, "/-/preferences", ("form_mark", mark), ("language", "ja"), ("theme", "dark"));
        Assert.Equal(["patrol_form", "patrol_language", "patrol_session", "patrol_theme", "patrol_token"], cookies.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Hostile_names_are_shown_as_text_on_every_page()
    {
        string[] names = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'-alert(1)-'", "{{7*7}}${7*7}", "‮reversed", "</title><svg onload=alert(1)>", "&lt;b&gt;"];
        await using var app = await PatrolApp.Start();
        foreach (var name in names)
        {
            Assert.Equal(201, (await app.Client().Post("users/1/personal_access_tokens", new { name, description = name, scopes = new[] { "read_api" }, expires_at = "2027-01-01" })).Status);
        }
        await app.Client().Post("users", new { username = "hostile", name = names[1], email = "hostile@example.org", force_random_password = true });
        using var browser = await app.Browser();
        string[] paths = [Tokens, "/admin/tokens", "/admin/tokens/2", "/admin/tokens/3", $"{Tokens}/2/revoke", $"{Tokens}/3/renew", "/admin/users", "/admin/users/2", "/admin/audit", "/-/calendar", "/admin/tokens?search=%3Cscript%3E&owner=%22%3E%3Cimg%3E", $"{Tokens}?name=%22%3E%3Cscript%3E"];
        foreach (var path in paths)
        {
            var text = (await browser.Get(path)).Text;
            Assert.DoesNotMatch("(?i)<script>|<img src=x|<svg onload", text);
            Assert.Equal(1, Regex.Count(text, "<title>"));
        }
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", (await browser.Get(Tokens)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_servers_on_one_database_take_each_others_forms_and_show_a_token_once_between_them()
    {
        var database = await (await SharedPostgres.Get()).NewDatabase();
        using var folder = new TemporaryFolder();
        var secret = folder["secret"];
        await using var one = await PatrolApp.Start($"--database={database}", $"--secret-file={secret}");
        await using var other = await PatrolApp.Start($"--database={database}", $"--secret-file={secret}");
        using var browser = await one.Browser();
        var mark = Regex.Match((await browser.Get(Tokens)).Text, "name=\"form_mark\" value=\"([^\"]+)\"").Groups[1].Value;
        using var moved = new PageClient(other.Address);
        moved.Cookies.SetCookies(other.Address, browser.Cookies.GetCookieHeader(one.Address).Replace("; ", ",", StringComparison.Ordinal));
        var made = await moved.PostUnmarked(Tokens, ("form_mark", WebUtility.HtmlDecode(mark)), ("name", "moved"), ("scopes", "read_api"), ("expires_at", "2027-01-01"));
        Assert.Equal(HttpStatusCode.SeeOther, made.Status);
        using var back = new PageClient(one.Address);
        back.Cookies.SetCookies(one.Address, moved.Cookies.GetCookieHeader(other.Address).Replace("; ", ",", StringComparison.Ordinal));
        Assert.NotNull((await back.Get(Tokens)).ShownOnce);
        Assert.Null((await moved.Get(Tokens)).ShownOnce);
        // Sealed: whoever has the database alone has no keys.
        Assert.Equal(0, await one.Count("SELECT count(*) FROM protection_keys WHERE body LIKE '%masterKey%'"));
        Assert.True(await one.Count("SELECT count(*) FROM protection_keys WHERE body LIKE '%sealed%'") > 0);
    }

    [GeneratedRegex("<(?:a|link|script|img|form)[^>]* (?:href|src|action)=\"(?!#)([^\"]+)\"")]
    private static partial Regex Address();

    [GeneratedRegex("<form[^>]*method=\"post\".*?</form>", RegexOptions.Singleline)]
    private static partial Regex Form();
}
