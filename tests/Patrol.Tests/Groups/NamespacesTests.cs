using Patrol.Tests.Kit;

namespace Patrol.Tests.Groups;

/// <summary>Where projects can be made, as clients look it up before they make one.</summary>
public sealed class NamespacesTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private PatrolApp App => shared.App;

    [Theory, ClassData(typeof(Engines))]
    public async Task Administrators_see_all_namespaces_and_others_their_own_and_the_groups_of_which_they_are_members(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        var user = await app.AddUser("alice");
        await app.AddUser("bob");
        var (top, open) = (await app.AddGroup("top"), await app.AddGroup("open", visibility: "public"));
        var sub = await app.AddGroup("sub", top);
        await app.AddMember($"groups/{top}", user, 30);
        Assert.Equal(["root", "alice", "bob", "top", "open", "top/sub"], (await app.Client().Get("namespaces")).Each("full_path"));
        Assert.Equal(["open"], (await app.Client().Get("namespaces?per_page=1&page=5")).Each("path"));
        Assert.Equal(["sub"], (await app.Client().Get("namespaces?search=SUB")).Each("path"));
        Assert.Equal(["top", "sub"], (await app.Client().Get("namespaces?search=top&full_path_search=true")).Each("path"));
        Assert.DoesNotContain("sub", (await app.Client().Get("namespaces?top_level_only=true")).Each("path"));
        var client = await app.As(user);
        Assert.Equal(["alice", "top"], (await client.Get("namespaces")).Each("full_path"));
        Assert.Equal(["user", "group"], (await client.Get("namespaces")).Each("kind"));
        Assert.Equal(["alice"], (await client.Get("namespaces?owned_only=true")).Each("full_path"));
        await app.AddMember($"groups/{open}", user, 50);
        Assert.Equal(["alice", "open"], (await client.Get("namespaces?owned_only=true")).Each("full_path"));
        Assert.Equal(200, (await client.Get($"namespaces/{sub}")).Status);
    }

    [Fact]
    public async Task A_namespace_is_found_by_its_id_and_full_path_by_those_who_may_see_it()
    {
        var (top, name) = (await App.AddGroup(), DirectoryKit.Name("owner"));
        var sub = await App.AddGroup("below", top);
        var client = await App.As(await App.AddUser(name));
        var path = (await App.Client().Get($"groups/{sub}")).Body.GetProperty("full_path").GetString()!;
        Assert.Equal(sub, (await App.Client().Get($"namespaces/{Uri.EscapeDataString(path.ToUpperInvariant())}")).Body.Id());
        const string missing = """404 {"message":"404 Namespace Not Found"}""";
        Assert.Equal(missing, (await client.Get($"namespaces/{sub}")).Message());
        Assert.Equal(missing, (await client.Get("namespaces/root")).Message());
        Assert.Equal(missing, (await client.Get("namespaces/99999999999999999999")).Message());
        Assert.Equal("user", (await client.Get($"namespaces/{name}")).Body.GetProperty("kind").GetString());
        Assert.Equal(200, (await App.Client().Get($"namespaces/{name}")).Status);
        Assert.Equal(401, (await App.Client(null).Get("namespaces")).Status);
    }

    [Fact]
    public async Task Projects_are_made_in_the_namespace_with_that_id_and_show_it_as_it_is_shown_there()
    {
        var name = DirectoryKit.Name("maker");
        var client = await App.As(await App.AddUser(name));
        var (_, own) = await client.Get($"namespaces/{name}");
        var (status, project) = await client.Post("projects", new { name = "looked-up", namespace_id = own.Id() });
        Assert.Equal((201, own.ToString()), (status, project.GetProperty("namespace").ToString()));
        Assert.Equal($"{name}/looked-up", project.GetProperty("path_with_namespace").GetString());
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Owners_are_told_how_many_people_are_members_of_a_group_and_of_those_below_it(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        var (owner, developer) = (await app.AddUser(), await app.AddUser());
        var top = await app.AddGroup();
        var sub = await app.AddGroup(parent: top);
        await app.AddMember($"groups/{top}", owner, 50);
        await app.AddMember($"groups/{sub}", developer, 30);
        async Task<string> Count(HttpClient client, long id) =>
            (await client.Get($"namespaces/{id}")).Body.TryGetProperty("members_count_with_descendants", out var count) ? count.ToString() : "not told";
        Assert.Equal(("3", "2"), (await Count(await app.As(owner), top), await Count(await app.As(owner), sub)));
        Assert.Equal(("3", "not told"), (await Count(app.Client(), top), await Count(await app.As(developer), sub)));
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Whether_a_path_is_taken_is_told_of_the_top_and_of_each_group(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        var top = await app.AddGroup("top");
        await app.AddGroup("sub", top);
        var client = await app.As(await app.AddUser());
        async Task<string> Ask(string question) => (await client.Get($"namespaces/{question}")).Message();
        Assert.Equal("""200 {"exists":true,"suggests":[]}""", await Ask("TOP/exists"));
        Assert.Equal("""200 {"exists":true,"suggests":[]}""", await Ask("root/exists"));
        Assert.Equal("""200 {"exists":false,"suggests":[]}""", await Ask("sub/exists"));
        Assert.Equal("""200 {"exists":true,"suggests":[]}""", await Ask($"sub/exists?parent_id={top}"));
        Assert.Equal("""400 {"error":"parent_id is invalid"}""", await Ask("sub/exists?parent_id=top"));
    }
}
