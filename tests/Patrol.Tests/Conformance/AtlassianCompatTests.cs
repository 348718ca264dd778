using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Conformance;

/// <summary>Keeps docs/compat/atlassian.md true, both ways.</summary>
public sealed class AtlassianCompatTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private static readonly List<CompatRow> Rows = CompatPage.Read("atlassian.md");

    [Fact]
    public void Every_endpoint_of_the_server_has_one_row_and_every_row_its_endpoint_unless_it_is_absent()
    {
        var listed = Rows.Where(row => row.Chapter == "Endpoints" && row.IsThere).Select(row => row.Name).Order(StringComparer.Ordinal);
        var server = shared.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.Contains("/rest/", StringComparison.Ordinal))
            .Select(endpoint => $"{endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0]} {endpoint.RoutePattern.RawText}").ToList();
        Assert.Equal(listed, server.Where(name => name.Contains(" /rest/", StringComparison.Ordinal) && !name.Contains("/latest/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        // The others are the same below other contexts and versions.
        foreach (var context in (string[])["/jira", "/confluence"])
            Assert.Equal(server.Count / 3, server.Count(name => name.Contains($" {context}/rest/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_absent_endpoint_is_a_page_that_says_so()
    {
        foreach (var row in Rows.Where(row => row is { Chapter: "Endpoints", IsThere: false }))
        {
            var (method, path) = (row.Name.Split(' ')[0], row.Name.Split(' ')[1]);
            var answer = await shared.App.Basic().Ask(new HttpMethod(method), path);
            Assert.Equal((404, "text/html;charset=UTF-8"), (answer.Status, answer.Header("Content-Type")));
        }
    }

    [Fact]
    public void Every_row_says_what_it_is_and_why_if_it_is_not_the_same()
    {
        Assert.All(Rows, row => Assert.Contains(row.State, (string[])["same", "ours", "differs", "absent"]));
        Assert.Equal([], Rows.Where(row => row.State is "differs" or "absent" && row.Why.Length == 0).Select(row => $"{row.Section}: {row.Name}"));
    }

    [Fact]
    public async Task The_fields_that_the_server_answers_with_are_those_that_are_listed()
    {
        using var root = shared.App.Basic();
        var (_, made) = await root.Post(AtlassianKit.Tokens, new { name = "compat" });
        async Task<JsonElement> Get(string path) => (await root.Get(path)).Body;
        var search = (await root.Post($"{AtlassianKit.Tokens}/search", new { })).Body;
        var found = search.GetProperty("values")[0];
        Assert.Equal([], CompatPage.Compare(Rows, new Dictionary<string, JsonElement[]>(StringComparer.Ordinal)
        {
            ["Token"] = [made, await Get($"{AtlassianKit.Tokens}/{made.Id()}"), (await Get(AtlassianKit.Tokens))[0]],
            ["Found token"] = [found],
            ["Owner of a found token"] = [found.GetProperty("userProfileResource")],
            ["Search result"] = [search],
            ["Bulk revocation"] = [(await root.Post($"{AtlassianKit.Tokens}/revoke", new { ids = (long[])[] })).Body],
            ["Error"] = [await Get($"{AtlassianKit.Tokens}/999999")],
            ["Session"] = [await Get("auth/1/session")],
            ["New session"] = [(await root.Post("auth/1/session", new { username = "root", password = AtlassianKit.RootPassword })).Body],
            ["Myself"] = [await Get("api/2/myself")],
            ["Server"] = [await Get("api/2/serverInfo")],
            ["Confluence user"] = [await Get("api/user/current")],
        }));
    }
}
