using System.Text.Json;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire.GitLab;

/// <summary>What a token reaches.</summary>
public sealed class AssociationsTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private const string Path = "personal_access_tokens/self/associations";

    private PatrolApp App => shared.App;

    [Theory, ClassData(typeof(Engines))]
    public async Task A_token_lists_the_groups_and_projects_it_reaches_with_the_levels_there(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        var user = await app.AddUser();
        var top = await app.AddGroup();
        var below = await app.AddGroup(parent: top);
        var open = await app.AddGroup(visibility: "public");
        var inherited = await app.AddProject(below);
        var own = await app.AddProject();
        await app.AddProject();
        await app.AddMember($"groups/{top}", user, 20);
        await app.AddMember($"groups/{below}", user, 30);
        await app.AddMember($"projects/{own}", user, 40);
        var (status, body) = await (await app.As(user, "read_registry")).Get(Path);
        Assert.Equal(200, status);
        Assert.Equal(["groups", "projects"], body.Keys());
        var (groups, projects) = (body.GetProperty("groups"), body.GetProperty("projects"));
        Assert.Equal([$"{open}:", $"{below}:30", $"{top}:20"], groups.EnumerateArray().Select(group => $"{group.Id()}:{group.GetProperty("access_levels")}"));
        Assert.Equal(["access_levels", "id", "name", "organization_id", "parent_id", "visibility", "web_url"], groups[0].Keys());
        Assert.Equal(
            [$$"""{{own}}:{"project_access_level":40,"group_access_level":null}""", $$"""{{inherited}}:{"project_access_level":null,"group_access_level":30}"""],
            projects.EnumerateArray().Select(project => $"{project.Id()}:{project.GetProperty("access_levels")}"));
        Assert.Equal(
            ["access_levels", "created_at", "description", "id", "name", "name_with_namespace", "namespace", "path", "path_with_namespace", "visibility", "web_url"],
            projects[0].Keys());
        Assert.Equal(["avatar_url", "full_path", "id", "kind", "name", "parent_id", "path", "web_url"], projects[0].GetProperty("namespace").Keys());
    }

    [Fact]
    public async Task A_least_level_leaves_out_what_gives_less()
    {
        var user = await App.AddUser();
        var (low, high) = (await App.AddGroup(), await App.AddGroup());
        await App.AddProject(low);
        var project = await App.AddProject(high);
        await App.AddMember($"groups/{low}", user, 10);
        await App.AddMember($"groups/{high}", user, 40);
        var client = await App.As(user);
        Assert.Equal(($"{high}", $"{project}"), Ids((await client.Get($"{Path}?min_access_level=30")).Body));
        Assert.Equal(("", ""), Ids((await client.Get($"{Path}?min_access_level=50")).Body));
        Assert.Equal(2, (await client.Get($"{Path}?min_access_level=5")).Body.GetProperty("groups").GetArrayLength());
        Assert.Equal("""400 {"error":"min_access_level does not have a valid value"}""", (await client.Get($"{Path}?min_access_level=25")).Message());
        Assert.Equal("""400 {"error":"min_access_level is invalid"}""", (await client.Get($"{Path}?min_access_level=high")).Message());
    }

    [Fact]
    public async Task Both_lists_are_paged_and_the_headers_are_the_projects()
    {
        var user = await App.AddUser();
        var group = await App.AddGroup();
        var projects = new[] { await App.AddProject(group), await App.AddProject(group), await App.AddProject(group) };
        await App.AddMember($"groups/{group}", user, 20);
        var page = await (await App.As(user)).Ask($"{Path}?per_page=1&page=2");
        Assert.Equal(("", $"{projects[1]}"), Ids(page.Json));
        Assert.Equal(("2", "1", "3", "1", "3"), (page.Header("X-Page"), page.Header("X-Per-Page"), page.Header("X-Next-Page"), page.Header("X-Prev-Page"), page.Header("X-Total")));
    }

    [Fact]
    public async Task A_bots_token_reaches_its_own_project()
    {
        var project = await App.AddProject();
        var (_, made) = await App.Client().Post($"projects/{project}/access_tokens", new { name = "bot", scopes = (string[])["read_api"], access_level = 30 });
        Assert.Equal(("", $"{project}"), Ids((await App.Client(made.Text("token")).Get(Path)).Body));
    }

    [Fact]
    public async Task Without_a_token_there_is_nothing_to_list() => Assert.Equal(401, (await App.Client(token: null).Get(Path)).Status);

    private static (string Groups, string Projects) Ids(JsonElement body)
    {
        string Of(string list) => string.Join(' ', body.GetProperty(list).EnumerateArray().Select(one => one.Id()));
        return (Of("groups"), Of("projects"));
    }
}
