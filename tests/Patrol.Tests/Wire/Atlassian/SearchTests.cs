using System.Text.Json;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire.Atlassian;

/// <summary>The administrators' list of all tokens, with the filters of the products' page.</summary>
public sealed class SearchTests : IAsyncLifetime
{
    private PatrolApp app = null!;

    // Three tokens: mia's "deploy" of the 22nd for 10 days, used on the 24th; root's "backup" of the 23rd, eternal; mia's "deploy two" of the 24th for 30 days.
    public async ValueTask InitializeAsync()
    {
        app = await PatrolApp.Start();
        await app.AddPerson("mia", "mias own password");
        var (_, text) = await app.Basic("mia", "mias own password").NewPat("deploy", 10);
        app.Clock.Advance(TimeSpan.FromDays(1));
        await app.Basic().NewPat("backup");
        app.Clock.Advance(TimeSpan.FromDays(1));
        await app.Basic("mia", "mias own password").NewPat("deploy two", 30);
        Assert.Equal(200, (await app.Bearer(text).Get("api/2/myself")).Status);
        // The last use is written once a minute, counted from when whoever writes has begun to wait.
        await Eventually.True(async () =>
        {
            app.Clock.Advance(TimeSpan.FromMinutes(1));
            return await app.Count("SELECT count(*) FROM tokens WHERE last_used_at IS NOT NULL") == 1;
        }, "the use is written");
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Theory]
    [InlineData("{}", "deploy,backup,deploy two")]
    [InlineData("{\"page\":0,\"limit\":100,\"name\":\"\",\"userKeys\":[]}", "deploy,backup,deploy two")]
    [InlineData("{\"name\":\"DEPLOY\"}", "deploy,deploy two")]
    [InlineData("{\"name\":\"deploy t\"}", "deploy two")]
    [InlineData("{\"userKeys\":[\"JIRAUSER10001\"]}", "backup")]
    [InlineData("{\"userKeys\":[\"mia\",\"nobody\"]}", "deploy,deploy two")]
    [InlineData("{\"userKeys\":[\"nobody\",\"JIRAUSER99999\"]}", "")]
    [InlineData("{\"createdFrom\":\"2026-11-23\"}", "backup,deploy two")]
    [InlineData("{\"createdTo\":\"2026-11-22\"}", "deploy")]
    [InlineData("{\"createdFrom\":\"2026-11-23\",\"createdTo\":\"2026-11-23\"}", "backup")]
    [InlineData("{\"createdFrom\":\"2026-11-23T12:00:00.000Z\",\"createdTo\":\"2026-11-23T13:00:00+01:00\"}", "backup")]
    [InlineData("{\"createdFrom\":\"2026-11-23T12:00:00.001Z\"}", "deploy two")]
    [InlineData("{\"expiringTo\":\"2026-12-02\"}", "deploy")]
    [InlineData("{\"expiringTo\":\"2026-12-01\"}", "")]
    [InlineData("{\"expiringFrom\":\"2026-12-02\",\"expiringTo\":\"2026-12-31\"}", "deploy,deploy two")]
    [InlineData("{\"expiringFrom\":\"2026-12-03\"}", "backup,deploy two")]
    [InlineData("{\"expiringFrom\":\"9999-01-01\"}", "backup")]
    [InlineData("{\"expiringFrom\":\"9999-12-31\",\"expiringTo\":\"9999-12-31\"}", "backup")]
    [InlineData("{\"expiringTo\":\"9999-12-31T00:00:00.000Z\"}", "deploy,backup,deploy two")]
    [InlineData("{\"lastAccessedFrom\":\"2026-11-24\"}", "deploy")]
    [InlineData("{\"lastAccessedTo\":\"2026-11-24\"}", "deploy")]
    [InlineData("{\"lastAccessedTo\":\"2026-11-23\"}", "")]
    public async Task Filters_select_and_bounds_are_inclusive(string body, string names)
    {
        var answer = await app.Basic().Ask(HttpMethod.Post, $"{AtlassianKit.Tokens}/search", RawAnswers.Body(body));
        Assert.Equal(200, answer.Status);
        Assert.Equal(names, string.Join(',', answer.Json.GetProperty("values").EnumerateArray().Select(row => row.GetProperty("name").GetString())));
        Assert.Equal(names.Length == 0 ? 0 : names.Split(',').Length, answer.Json.GetProperty("total").GetInt64());
    }

    [Fact]
    public async Task Pages_count_from_nothing_and_say_which_is_the_last()
    {
        async Task<string> Page(object body)
        {
            var page = (await app.Basic().Post($"{AtlassianKit.Tokens}/search", body)).Body;
            Assert.Equal(["isLast", "limit", "page", "total", "values"], page.Keys());
            return $"{page.GetProperty("page")}/{page.GetProperty("limit")}/{page.GetProperty("total")}/{page.GetProperty("isLast")}/{page.GetProperty("values").GetArrayLength()}";
        }

        Assert.Equal("0/2/3/False/2", await Page(new { limit = 2 }));
        Assert.Equal("1/2/3/True/1", await Page(new { page = 1, limit = 2 }));
        Assert.Equal("2/2/3/True/0", await Page(new { page = 2, limit = 2 }));
        Assert.Equal("0/3/3/True/3", await Page(new { page = 0, limit = 3 }));
        Assert.Equal("0/100/3/True/3", await Page(new { }));
        Assert.Equal("0/1000/3/True/3", await Page(new { limit = 1_000_000 }));
        Assert.Equal("2147483647/1000/3/True/0", await Page(new { page = int.MaxValue, limit = int.MaxValue }));
    }

    [Fact]
    public async Task A_row_says_whose_it_is_and_never_its_text()
    {
        var row = (await app.Basic().Post($"{AtlassianKit.Tokens}/search", new { name = "two" })).Body.GetProperty("values")[0];
        Assert.Equal(["createdAt", "expiringAt", "id", "lastAccessedAt", "name", "state", "userProfileResource"], row.Keys());
        Assert.Equal(JsonValueKind.Null, row.GetProperty("lastAccessedAt").ValueKind);
        Assert.Equal("{\"username\":\"mia\",\"userKey\":\"JIRAUSER10002\",\"displayName\":\"Name of mia\",\"emailAddress\":\"mia@example.org\"}", row.GetProperty("userProfileResource").ToString());
    }

    [Theory]
    [InlineData("{\"page\":-1}", "page")]
    [InlineData("{\"limit\":0}", "limit")]
    [InlineData("{\"page\":\"x\"}", "page")]
    [InlineData("{\"createdFrom\":\"yesterday\"}", "createdFrom")]
    [InlineData("{\"createdTo\":\"2026-02-30\"}", "createdTo")]
    [InlineData("{\"expiringFrom\":1764460800000}", "expiringFrom")]
    [InlineData("{\"userKeys\":\"mia\"}", "userKeys")]
    public async Task What_cannot_be_searched_for_is_named(string body, string field) =>
        Assert.Contains(field, (await app.Basic().Ask(HttpMethod.Post, $"{AtlassianKit.Tokens}/search", RawAnswers.Body(body))).AssertError(400), StringComparison.Ordinal);
}
