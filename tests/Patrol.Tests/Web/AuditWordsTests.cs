using System.Net;
using System.Text.RegularExpressions;
using Patrol.Server.Web;
using Patrol.Server.Web.Administration;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Web;

public sealed class AuditWordsTests(SharedApp shared) : IClassFixture<SharedApp>
{
    [Fact]
    public void Every_sentence_of_the_trail_has_its_Japanese_one()
    {
        var all = AuditWords.Sentences.Values.SelectMany(one => one).Concat(AuditWords.Fields).Concat(AuditWords.Ways).Concat(AuditWords.Kinds.Select(kind => kind.Name));
        Assert.Equal([], all.Where(sentence => !Language.Japanese.Sentences.ContainsKey(sentence)));
    }

    [Fact]
    public async Task What_was_done_is_told_in_the_readers_language()
    {
        var app = shared.App;
        var root = app.Client();
        var (name, id) = await app.AddPerson();
        async Task<long> Id(string path, object body) => (await root.Post(path, body)).Body.GetProperty("id").GetInt64();
        var place = $"{name}-group";
        var token = await Id($"users/{id}/personal_access_tokens", new { name = "nothing changed", scopes = new[] { "api", "read_user" } });
        await Id($"users/{id}/impersonation_tokens", new { name = "acting", scopes = new[] { "api" }, expires_at = "2027-01-01" });
        var group = await Id("groups", new { name = place, path = place });
        var ofGroup = await Id($"groups/{group}/access_tokens", new { name = "of it", scopes = new[] { "api" }, expires_at = "2027-01-01" });
        await root.Post($"groups/{group}/members", new { user_id = id, access_level = 30 });
        await root.Put($"users/{id}", new { name = "New name" });
        var next = await Id($"personal_access_tokens/{token}/rotate", new { });
        await root.Delete($"personal_access_tokens/{next}");
        var (status, bulk) = await root.Post("/api/patrol/v1/tokens/bulk", new { action = "extend", by = "1d", filter = new { ids = new[] { ofGroup } } });
        Assert.Equal("200 1", $"{status} {(status == 200 ? bulk.GetProperty("changed") : bulk)}");

        var (japanese, english) = (await Details("ja"), await Details("en"));
        Assert.Contains($"personal token for {name}, scopes api read_user", english);
        Assert.Contains($"{name} の個人トークン、スコープ api read_user", japanese);
        Assert.Contains($"{name} の代理トークン、スコープ api", japanese);
        Assert.Contains($"グループ {place} のトークン、スコープ api", japanese);
        Assert.Contains($"トークン {next} に置き換え", japanese);
        Assert.Contains("トークン 1 個: 期限を 1 day 延長", japanese);
        Assert.Contains($"名前: Name of {name} -> New name", japanese);
        // A token's name is no sentence.
        Assert.Contains("nothing changed", japanese);
    }

    [Fact]
    public async Task A_changed_setting_is_told_by_name_with_both_values()
    {
        await using var app = await PatrolApp.Start();
        await app.Client().Put("application/settings", new { last_used_update_interval_minutes = 20, personal_access_token_prefix = "acme-", expiry_warning_days = "14" });
        await app.Client().Put("application/settings", new { last_used_update_interval_minutes = 20 });
        var (_, trail) = await app.Client().Get("/api/patrol/v1/audit?action=settings.change");
        Assert.Equal(
            ["nothing changed", "personal_access_token_prefix: \"glpat-\" -> \"acme-\"; last_used_update_interval_minutes: 10 -> 20; expiry_warning_days: 7,30,60 -> 14"],
            trail.GetProperty("items").EnumerateArray().Select(row => row.GetProperty("detail").GetString()));
    }

    private async Task<IReadOnlyList<string>> Details(string language)
    {
        using var browser = await shared.App.Browser(language: language);
        return [.. Regex.Matches((await browser.Get("/admin/audit")).Text, "<bdi>([^<]*)</bdi>").Select(match => WebUtility.HtmlDecode(match.Groups[1].Value))];
    }
}
