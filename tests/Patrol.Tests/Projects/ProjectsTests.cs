using Patrol.Tests.Kit;

namespace Patrol.Tests.Projects;

public sealed class ProjectsTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private PatrolApp App => shared.App;

    [Fact]
    public async Task A_project_is_made_in_ones_own_namespace_and_found_by_id_and_by_path()
    {
        var username = DirectoryKit.Name("owner");
        var id = await App.AddUser(username);
        var client = await App.As(id);
        var (status, project) = await client.Post("projects", new { name = "My Project", description = "d" });
        Assert.Equal(201, status);
        Assert.Equal("my-project", project.GetProperty("path").GetString());
        Assert.Equal($"{username}/my-project", project.GetProperty("path_with_namespace").GetString());
        Assert.Equal("private", project.GetProperty("visibility").GetString());
        Assert.Equal(id, project.GetProperty("creator_id").GetInt64());
        Assert.Equal("user", project.GetProperty("namespace").GetProperty("kind").GetString());
        Assert.Equal(50, project.GetProperty("permissions").GetProperty("project_access").GetProperty("access_level").GetInt32());
        Assert.StartsWith("http", project.GetProperty("_links").GetProperty("members").GetString());
        var found = await client.Get($"projects/{username.ToUpperInvariant()}%2Fmy-project");
        Assert.Equal(project.GetProperty("id").GetInt64(), found.Body.GetProperty("id").GetInt64());
        Assert.Equal(["my-project"], (await client.Get($"users/{username}/projects")).Each("path"));
        Assert.Empty((await App.Client(null).Get($"users/{username}/projects")).Each("path"));
        Assert.Equal("""404 {"message":"404 User Not Found"}""", (await App.Client(null).Get("users/nobody-here/projects")).Message());
        Assert.Equal([id.ToString()], (await client.Get($"projects/{project.GetProperty("id")}/members")).Each("id"));
    }

    [Fact]
    public async Task What_cannot_be_is_refused_in_GitLabs_words()
    {
        var client = App.Client();
        var group = await App.AddGroup();
        await App.AddProject(group, "taken");
        Assert.Equal("""400 {"error":"name, path are missing, at least one parameter must be provided"}""", (await client.Post("projects", new { })).Message());
        Assert.Equal(
            """400 {"message":{"project_namespace.name":["has already been taken"],"name":["has already been taken"],"path":["has already been taken"]}}""",
            (await client.Post("projects", new { name = "taken", namespace_id = group })).Message());
        Assert.Equal("""400 {"message":{"path":["has already been taken"]}}""", (await client.Post("projects", new { name = "other", path = "Taken", namespace_id = group })).Message());
        Assert.Equal("""400 {"message":{"namespace":["is not valid"]}}""", (await client.Post("projects", new { name = "x", namespace_id = 999999 })).Message());
        Assert.Equal("""400 {"message":{"visibility_level":["public is not allowed in a private group."]}}""", (await client.Post("projects", new { name = "x", namespace_id = group, visibility = "public" })).Message());
        Assert.Equal(400, (await client.Post("projects", new { name = new string('x', 256) })).Status);
        Assert.Equal(400, (await client.Post("projects", new { name = "x", description = new string('x', 2001) })).Status);
        Assert.Equal(400, (await client.Post("projects", new { name = "日本語" })).Status);
        Assert.Equal(201, (await client.Post("projects", new { name = "日本語", path = "nihongo" })).Status);
        Assert.Equal("""404 {"message":"404 Project Not Found"}""", (await client.Get("projects/nowhere%2Fnothing")).Message());
    }

    [Fact]
    public async Task Levels_decide_who_makes_changes_and_deletes()
    {
        var group = await App.AddGroup();
        var project = await App.AddProject(group);
        async Task<HttpClient> With(int level)
        {
            var user = await App.AddUser();
            await App.AddMember($"groups/{group}", user, level);
            return await App.As(user);
        }
        var (reporter, developer, maintainer, owner) = (await With(20), await With(30), await With(40), await With(50));
        var stranger = await App.As(await App.AddUser());
        Assert.Equal("""400 {"message":{"namespace":["is not valid"]}}""", (await reporter.Post("projects", new { name = "by reporter", namespace_id = group })).Message());
        Assert.Equal(201, (await developer.Post("projects", new { name = "by developer", namespace_id = group })).Status);
        Assert.Equal("""403 {"message":"403 Forbidden"}""", (await developer.Put($"projects/{project}", new { description = "d" })).Message());
        Assert.Equal(200, (await maintainer.Put($"projects/{project}", new { description = "d", name = "New name" })).Status);
        Assert.Equal("""403 {"message":"403 Forbidden"}""", (await maintainer.Delete($"projects/{project}")).Message());
        Assert.Equal("""404 {"message":"404 Project Not Found"}""", (await stranger.Delete($"projects/{project}")).Message());
        Assert.Equal("New name", (await reporter.Get($"projects/{project}")).Body.GetProperty("name").GetString());
        Assert.Equal(20, (await reporter.Get($"projects/{project}")).Body.GetProperty("permissions").GetProperty("group_access").GetProperty("access_level").GetInt32());
        Assert.Equal("""202 {"message":"202 Accepted"}""", (await owner.Delete($"projects/{project}")).Message());
        Assert.Equal(404, (await owner.Get($"projects/{project}")).Status);
    }

    [Fact]
    public async Task Lists_show_what_may_be_seen_filtered_and_in_order()
    {
        var user = await App.AddUser();
        var client = await App.As(user);
        var group = await App.AddGroup(visibility: "public");
        var (hidden, inside, open) = (await App.AddProject(group, "list-hidden"), await App.AddProject(group, "list-inside", "internal"), await App.AddProject(group, "list-open", "public"));
        var (_, own) = await client.Post("projects", new { name = "list-own" });
        Assert.Equal(["list-own", "list-open", "list-inside"], (await client.Get("projects?search=list-")).Each("path"));
        Assert.Equal(["list-open"], (await App.Client(null).Get("projects?search=list-")).Each("path"));
        Assert.Equal(4, (await App.Client().Get("projects?search=LIST-")).Each("path").Count);
        Assert.Equal(["list-own"], (await client.Get("projects?membership=true")).Each("path"));
        Assert.Equal(["list-own"], (await client.Get("projects?owned=true")).Each("path"));
        Assert.Equal(["list-inside"], (await client.Get("projects?search=list-&visibility=internal")).Each("path"));
        await App.AddMember($"projects/{hidden}", user, 30);
        Assert.Equal([hidden.ToString(), own.GetProperty("id").ToString()], (await client.Get("projects?min_access_level=30&order_by=id&sort=asc")).Each("id"));
        var simple = (await client.Get("projects?simple=true&search=list-open")).Body[0];
        Assert.Equal(open, simple.GetProperty("id").GetInt64());
        Assert.False(simple.TryGetProperty("permissions", out _));
        Assert.NotEqual(0, inside);
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Lists_are_narrowed_to_the_time_of_the_last_change(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        await app.AddProject(path: "early");
        app.Clock.Advance(TimeSpan.FromHours(1));
        await app.AddProject(path: "late");
        async Task<List<string>> Paths(string filter) => (await app.Client().Get($"projects?{filter}")).Each("path");
        const string late = "2026-11-22T13:00:00Z", earlier = "2026-11-22T12:59:59.999Z";
        Assert.Equal(["late"], await Paths($"last_activity_after={earlier}"));
        Assert.Equal([], await Paths($"last_activity_after={late}"));
        Assert.Equal(["early"], await Paths($"last_activity_before={late}"));
        Assert.Equal(["late"], await Paths($"order_by=updated_at&updated_after={late}"));
        Assert.Equal(["late", "early"], await Paths($"order_by=updated_at&updated_before={late}"));
        Assert.Equal(["early"], await Paths($"order_by=updated_at&updated_before={earlier}"));
        Assert.Equal("""400 {"error":"last_activity_after is invalid"}""", (await app.Client().Get("projects?last_activity_after=yesterday")).Message());
        Assert.Equal(
            """400 {"message":"400 Bad request - `updated_at` filter and `updated_at` sorting must be paired"}""",
            (await app.Client().Get($"projects?updated_after={late}")).Message());
    }

    [Theory]
    [InlineData("archived=true")]
    [InlineData("active=false")]
    [InlineData("starred=true")]
    [InlineData("imported=true")]
    [InlineData("topic=x")]
    [InlineData("topic_id=1")]
    [InlineData("with_programming_language=ruby")]
    public async Task Projects_of_a_kind_that_there_is_not_are_not_found(string filter)
    {
        await App.AddProject();
        Assert.Equal("200 []", (await App.Client().Get($"projects?{filter}")).Message());
    }

    [Fact]
    public async Task A_deleted_project_takes_its_bots_and_tokens_along()
    {
        var project = await App.AddProject();
        var (bot, token) = await App.AddBot(isGroup: false, project);
        var (_, shown) = await App.Client().Get($"users/{bot}");
        Assert.True(shown.GetProperty("bot").GetBoolean());
        Assert.Equal(202, (await App.Client().Delete($"projects/{project}")).Status);
        Assert.Equal(401, (await App.Client(token).Get("user")).Status);
        Assert.Equal(404, (await App.Client().Get($"users/{bot}")).Status);
    }
}
