using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Web;

/// <summary>A page weighs less than 100 kB with all it loads, also where there is much to show.</summary>
public sealed class PageWeightTests
{
    private const int Most = 100_000;

    [Theory]
    [InlineData("x")]
    [InlineData("名")]
    [InlineData("<")]
    public async Task The_fullest_pages_are_light(string letter)
    {
        await using var app = await PatrolApp.Start();
        var tomorrow = DateOnly.FromDateTime(app.Clock.GetUtcNow().UtcDateTime).AddDays(1);
        var text = string.Concat(Enumerable.Repeat(letter, 255));
        for (var day = 0; day < 365; day++)
        {
            var expires = tomorrow.AddDays(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            var order = new { name = text, description = text, scopes = (string[])["api", "read_api", "read_user", "read_repository", "read_registry", "write_registry", "sudo"], expires_at = expires };
            Assert.Equal(201, (await app.Client().Post("users/1/personal_access_tokens", order)).Status);
        }
        using var browser = await app.Browser();
        var page = await browser.Get("/admin/expiry");
        var files = 0;
        foreach (var file in Regex.Matches(page.Text, "(?:href|src)=\"(/-/assets/[^\"]+)\"").Select(match => match.Groups[1].Value).Distinct())
            files += Encoding.UTF8.GetByteCount((await browser.Get(file)).Text);
        foreach (var path in (string[])["/admin/expiry", "/admin/tokens", "/-/user_settings/personal_access_tokens", "/-/calendar", "/admin/audit"])
        {
            var weight = Encoding.UTF8.GetByteCount((await browser.Get(path)).Text);
            Assert.True(weight + files < Most, $"{path}: {weight} and {files}");
        }
    }
}
