using Microsoft.Extensions.DependencyInjection;
using Patrol.Server.Storage;
using Patrol.Server.Tokens;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Conformance;

/// <summary>Pages of lists.</summary>
public sealed class PaginationTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private PatrolApp App => shared.App;

    private string Root => $"{App.Address.ToString().TrimEnd('/')}/api/v4";

    [Fact]
    public async Task A_page_in_the_middle_leads_to_its_neighbours_and_to_both_ends()
    {
        var user = await Owner(5);
        var page = await App.Client().Ask($"personal_access_tokens?user_id={user}&page=2&per_page=2");
        Assert.Equal(2, page.Json.GetArrayLength());
        AssertHeaders(page, page: "2", perPage: "2", next: "3", previous: "1", total: "5", pages: "3");
        string Address(int number) => $"{Root}/personal_access_tokens?user_id={user}&page={number}&per_page=2";
        Assert.Equal(
            $"<{Address(1)}>; rel=\"prev\", <{Address(3)}>; rel=\"next\", <{Address(1)}>; rel=\"first\", <{Address(3)}>; rel=\"last\"", page.Header("Link"));
    }

    [Fact]
    public async Task The_ends_have_empty_headers_where_there_is_no_neighbour()
    {
        var user = await Owner(3);
        AssertHeaders(await App.Client().Ask($"personal_access_tokens?user_id={user}&per_page=2"), "1", "2", next: "2", previous: "", "3", "2");
        AssertHeaders(await App.Client().Ask($"personal_access_tokens?user_id={user}&per_page=2&page=2"), "2", "2", next: "", previous: "1", "3", "2");
    }

    [Fact]
    public async Task Without_being_asked_a_page_has_20_and_at_most_100()
    {
        var user = await Owner(101);
        var page = await App.Client().Ask($"personal_access_tokens?user_id={user}");
        Assert.Equal(20, page.Json.GetArrayLength());
        AssertHeaders(page, "1", "20", "2", "", "101", "6");
        page = await App.Client().Ask($"personal_access_tokens?user_id={user}&per_page=1000");
        Assert.Equal(100, page.Json.GetArrayLength());
        AssertHeaders(page, "1", "100", "2", "", "101", "2");
    }

    [Fact]
    public async Task An_empty_list_has_one_page()
    {
        var page = await App.Client().Ask($"personal_access_tokens?user_id={await App.AddUser()}");
        Assert.Equal("200 []", page.ToString());
        AssertHeaders(page, "1", "20", "", "", "0", "1");
    }

    [Theory]
    [InlineData("per_page=0", "per_page has a value not allowed")]
    [InlineData("per_page=many", "per_page is invalid")]
    [InlineData("page=first", "page is invalid")]
    public async Task A_page_that_cannot_be_is_refused(string query, string expected) =>
        Assert.Equal($$"""400 {"error":"{{expected}}"}""", (await App.Client().Ask($"personal_access_tokens?{query}")).ToString());

    [Fact]
    public async Task Every_list_has_the_headers()
    {
        var lists = App.Endpoints().Where(endpoint => endpoint.Reads).Select(endpoint => endpoint.Path(_ => "1")).ToList();
        Assert.Contains("personal_access_tokens", lists);
        var group = await App.AddGroup();
        await App.AddProject(group);
        foreach (var endpoint in App.Endpoints().Where(endpoint => endpoint.Reads))
        {
            var path = endpoint.Path(name => name == "id" && endpoint.Pattern.StartsWith("/groups", StringComparison.Ordinal) ? group.ToString() : "1");
            var answer = await App.Client().Ask(path);
            if (answer.Status == 200 && answer.Body.StartsWith('['))
                Assert.True(answer.Header("X-Per-Page") == "20" && answer.Header("Link") is not null, endpoint.ToString());
        }
    }

    [Fact]
    public async Task A_links_address_carries_the_filters_but_never_a_token()
    {
        var page = await App.Client(token: null).Ask($"personal_access_tokens?private_token={PatrolApp.RootToken}&state=active&per_page=1");
        Assert.Equal(200, page.Status);
        Assert.Contains("state=active", page.Header("Link"), StringComparison.Ordinal);
        Assert.DoesNotContain(PatrolApp.RootToken, page.Header("Link"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("&sort=created_desc")]
    public async Task Beyond_10000_rows_nobody_counts_but_every_page_can_still_be_reached(string sort)
    {
        await using var app = await PatrolApp.Start();
        await app.Store().Write(scope => (Task)scope.Execute(
            """
            WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 10250)
            INSERT INTO tokens (dialect, kind, user_id, name, scopes, digest, given, created_at, updated_at)
            SELECT 0, 0, 1, 'many', 'api', CAST('digest ' || n AS blob), 0, n, n FROM numbers
            """));
        await app.Services.GetRequiredService<TokenIndex>().Apply(new Changes { Everything = true });
        foreach (var page in (int[])[1, 100, 101, 102])
        {
            var answer = await app.Client().Ask($"personal_access_tokens?per_page=100&page={page}{sort}");
            Assert.Equal(100, answer.Json.GetArrayLength());
            Assert.Equal($"{page + 1}", answer.Header("X-Next-Page"));
            Assert.Null(answer.Header("X-Total"));
            Assert.Null(answer.Header("X-Total-Pages"));
            Assert.DoesNotContain("rel=\"last\"", answer.Header("Link"), StringComparison.Ordinal);
            Assert.Contains("rel=\"next\"", answer.Header("Link"), StringComparison.Ordinal);
        }
        var last = await app.Client().Ask($"personal_access_tokens?per_page=100&page=103{sort}");
        Assert.Equal((51, ""), (last.Json.GetArrayLength(), last.Header("X-Next-Page")));
    }

    private async Task<long> Owner(int tokens)
    {
        var user = await App.AddUser();
        for (var i = 0; i < tokens; i++)
            await App.AddToken(user);
        return user;
    }

    private static void AssertHeaders(RawAnswer answer, string page, string perPage, string next, string previous, string total, string pages) => Assert.Equal(
        (page, perPage, next, previous, total, pages),
        (answer.Header("X-Page"), answer.Header("X-Per-Page"), answer.Header("X-Next-Page"), answer.Header("X-Prev-Page"), answer.Header("X-Total"), answer.Header("X-Total-Pages")));
}
