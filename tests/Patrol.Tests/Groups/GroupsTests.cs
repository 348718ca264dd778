using Patrol.Tests.Kit;

namespace Patrol.Tests.Groups;

public sealed class GroupsTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private PatrolApp App => shared.App;

    [Fact]
    public async Task A_group_belongs_to_whoever_makes_it_and_is_found_by_id_and_by_path()
    {
        var id = await App.AddUser();
        var client = await App.As(id);
        var path = DirectoryKit.Name("My-Group");
        var (status, group) = await client.Post("groups", new { name = "My Group", path, description = "ours" });
        Assert.Equal(201, status);
        Assert.Equal("private", group.GetProperty("visibility").GetString());
        Assert.Equal("ours", group.GetProperty("description").GetString());
        Assert.Equal(path, group.GetProperty("full_path").GetString());
        Assert.EndsWith($"/groups/{path}", group.GetProperty("web_url").GetString());
        var number = group.GetProperty("id").GetInt64();
        var (_, sub) = await client.Post("groups", new { name = "Sub", path = "sub", parent_id = number });
        Assert.Equal("My Group / Sub", sub.GetProperty("full_name").GetString());
        Assert.Equal(number, sub.GetProperty("parent_id").GetInt64());
        Assert.Equal(sub.GetProperty("id").GetInt64(), (await client.Get($"groups/{path.ToUpperInvariant()}%2Fsub")).Body.GetProperty("id").GetInt64());
        Assert.Equal(["sub"], (await client.Get($"groups/{number}/subgroups")).Each("path"));
        Assert.Equal(50, (await client.Get($"groups/{number}/members/{id}")).Body.GetProperty("access_level").GetInt32());
    }

    [Fact]
    public async Task A_group_shows_its_projects_unless_told_not_to()
    {
        var group = await App.AddGroup();
        await App.AddProject(group, "inside");
        Assert.Equal("inside", (await App.Client().Get($"groups/{group}")).Body.GetProperty("projects")[0].GetProperty("path").GetString());
        Assert.False((await App.Client().Get($"groups/{group}?with_projects=false")).Body.TryGetProperty("projects", out _));
        Assert.Equal(["inside"], (await App.Client().Get($"groups/{group}/projects")).Each("path"));
    }

    [Fact]
    public async Task What_cannot_be_is_refused_in_GitLabs_words()
    {
        var client = App.Client();
        var path = DirectoryKit.Name("taken");
        var group = await App.AddGroup(path);
        Assert.Equal("""400 {"error":"name is missing, path is missing"}""", (await client.Post("groups", new { })).Message());
        Assert.Equal(
            "Failed to save group {:path=>[\"has already been taken\"]}",
            (await client.Post("groups", new { name = "x", path = path.ToUpperInvariant() })).Body.GetProperty("message").GetString());
        Assert.Equal(400, (await client.Post("groups", new { name = "x", path = "ROOT" })).Status);
        Assert.Equal(400, (await client.Post("groups", new { name = "x", path = "api" })).Status);
        Assert.Equal(400, (await client.Post("groups", new { name = "x", path = new string('x', 256) })).Status);
        Assert.Equal(400, (await client.Post("groups", new { name = "x", path = "x", description = new string('x', 501) })).Status);
        Assert.Equal("""400 {"error":"visibility does not have a valid value"}""", (await client.Post("groups", new { name = "x", path = "x", visibility = "secret" })).Message());
        Assert.Contains("parent group has a private visibility", (await client.Post("groups", new { name = "x", path = "x", parent_id = group, visibility = "public" })).Message());
        Assert.Equal("""404 {"message":"404 Group Not Found"}""", (await client.Get("groups/nowhere")).Message());
        Assert.Equal("""404 {"message":"404 Group Not Found"}""", (await client.Get("groups/99999999999999999999")).Message());
    }

    [Fact]
    public async Task Who_may_not_see_a_group_is_told_that_there_is_none()
    {
        var hidden = await App.AddGroup();
        var inside = await App.AddGroup(visibility: "internal");
        var open = await App.AddGroup(visibility: "public");
        var (member, external) = (await App.AddUser(), await App.AddUser(external: true));
        async Task<int> Status(HttpClient client, long group) => (await client.Get($"groups/{group}")).Status;
        var somebody = await App.As(member);
        Assert.Equal((404, 200, 200), (await Status(somebody, hidden), await Status(somebody, inside), await Status(somebody, open)));
        var outsider = await App.As(external);
        Assert.Equal((404, 404, 200), (await Status(outsider, hidden), await Status(outsider, inside), await Status(outsider, open)));
        Assert.Equal((404, 404, 200), (await Status(App.Client(null), hidden), await Status(App.Client(null), inside), await Status(App.Client(null), open)));
        Assert.Equal(401, (await App.Client(null).Post("groups", new { name = "x", path = "x" })).Status);
        async Task<List<string>> Listed(HttpClient client) => (await client.Get("groups?per_page=100&order_by=id")).Each("id");
        Assert.DoesNotContain(hidden.ToString(), await Listed(somebody));
        Assert.Contains(inside.ToString(), await Listed(somebody));
        Assert.DoesNotContain(inside.ToString(), await Listed(App.Client(null)));
        await App.AddMember($"groups/{hidden}", member, 10);
        Assert.Equal(200, await Status(somebody, hidden));
        Assert.Equal([hidden.ToString()], (await somebody.Get("groups?min_access_level=10")).Each("id"));
        Assert.Empty((await somebody.Get("groups?owned=true")).Each("id"));
    }

    [Fact]
    public async Task Levels_are_inherited_downwards_and_seeing_goes_upwards()
    {
        var top = await App.AddGroup();
        var middle = await App.AddGroup(parent: top);
        var project = await App.AddProject(middle);
        var (maintainer, guest) = (await App.AddUser(), await App.AddUser());
        await App.AddMember($"groups/{top}", maintainer, 40);
        await App.AddMember($"projects/{project}", guest, 10);
        var above = await App.As(maintainer);
        Assert.Equal(200, (await above.Get($"projects/{project}")).Status);
        Assert.Equal(201, (await above.Post("groups", new { name = "x", path = "made-by-maintainer", parent_id = middle })).Status);
        Assert.Equal("""403 {"message":"403 Forbidden"}""", (await above.Put($"groups/{middle}", new { name = "y" })).Message());
        Assert.Equal(403, (await above.Delete($"groups/{middle}")).Status);
        var below = await App.As(guest);
        Assert.Equal(200, (await below.Get($"groups/{top}")).Status);
        Assert.Equal(403, (await below.Post("groups", new { name = "x", path = "x", parent_id = top })).Status);
        Assert.Equal([top.ToString(), middle.ToString()], (await below.Get("groups?all_available=false&order_by=id")).Each("id"));
        Assert.Equal([top.ToString()], (await below.Get("groups?all_available=false&top_level_only=true")).Each("id"));
    }

    [Fact]
    public async Task No_group_was_put_aside()
    {
        await App.AddGroup();
        Assert.Equal("200 []", (await App.Client().Get("groups?archived=true")).Message());
        Assert.Equal("200 []", (await App.Client().Get("groups?active=false")).Message());
        Assert.NotEmpty((await App.Client().Get("groups?archived=false&active=true")).Each("id"));
    }

    [Fact]
    public async Task A_renamed_group_takes_everything_below_it_along()
    {
        var (old, renamed) = (DirectoryKit.Name("old"), DirectoryKit.Name("renamed-to"));
        var top = await App.AddGroup(old);
        var sub = await App.AddGroup("sub", top);
        await App.AddProject(sub, "code");
        var (status, group) = await App.Client().Put($"groups/{top}", new { name = "Éa 🎉", path = renamed });
        Assert.Equal((200, renamed), (status, group.GetProperty("full_path").GetString()));
        Assert.Equal("Éa 🎉 / sub", (await App.Client().Get($"groups/{sub}")).Body.GetProperty("full_name").GetString());
        Assert.Equal("Éa 🎉 / sub / code", (await App.Client().Get($"projects/{renamed}%2Fsub%2Fcode")).Body.GetProperty("name_with_namespace").GetString());
        Assert.Equal(404, (await App.Client().Get($"projects/{old}%2Fsub%2Fcode")).Status);
        await App.Client().Put($"groups/{top}", new { name = "Back" });
        Assert.Equal("Back / sub", (await App.Client().Get($"groups/{sub}")).Body.GetProperty("full_name").GetString());
    }

    [Fact]
    public async Task A_group_is_not_hidden_from_those_who_see_what_is_in_it()
    {
        var group = await App.AddGroup(visibility: "public");
        await App.AddProject(group, visibility: "public");
        Assert.Equal(
            """400 {"message":{"visibility_level":["private is not allowed since this group contains projects with higher visibility."]}}""",
            (await App.Client().Put($"groups/{group}", new { visibility = "private" })).Message());
    }

    [Fact]
    public async Task A_deleted_group_takes_groups_projects_bots_and_tokens_along()
    {
        var top = await App.AddGroup();
        var sub = await App.AddGroup(parent: top);
        var project = await App.AddProject(sub);
        var (groupBot, groupToken) = await App.AddBot(isGroup: true, sub);
        var (projectBot, projectToken) = await App.AddBot(isGroup: false, project);
        await App.AddMember($"projects/{project}", await App.AddUser(), 30);
        Assert.Equal(200, (await App.Client(groupToken).Get("user")).Status);
        Assert.Equal("""202 {"message":"202 Accepted"}""", (await App.Client().Delete($"groups/{top}")).Message());
        Assert.Equal(401, (await App.Client(groupToken).Get("user")).Status);
        Assert.Equal(401, (await App.Client(projectToken).Get("user")).Status);
        Assert.Equal(404, (await App.Client().Get($"projects/{project}")).Status);
        Assert.Equal(0, await App.Count($"SELECT count(*) FROM users WHERE id IN ({groupBot}, {projectBot})"));
        Assert.Equal(0, await App.Count(
            $"SELECT count(*) FROM members WHERE (resource_kind = 1 AND resource_id IN ({top}, {sub})) OR (resource_kind = 0 AND resource_id = {project})"));
    }
}
