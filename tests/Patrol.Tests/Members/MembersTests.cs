using Patrol.Tests.Kit;

namespace Patrol.Tests.Members;

public sealed class MembersTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private PatrolApp App => shared.App;

    [Fact]
    public async Task A_member_is_shown_as_GitLab_shows_one()
    {
        var group = await App.AddGroup();
        var user = await App.AddUser();
        var (status, member) = await App.Client().Post($"groups/{group}/members", new { user_id = user, access_level = 30, expires_at = "2027-01-31" });
        Assert.Equal(201, status);
        Assert.Equal(user, member.GetProperty("id").GetInt64());
        Assert.Equal(30, member.GetProperty("access_level").GetInt32());
        Assert.Equal("2027-01-31", member.GetProperty("expires_at").GetString());
        Assert.Equal("2026-11-22T12:00:00.000Z", member.GetProperty("created_at").GetString());
        Assert.Equal("root", member.GetProperty("created_by").GetProperty("username").GetString());
        Assert.Equal("active", member.GetProperty("membership_state").GetString());
        Assert.True(member.TryGetProperty("email", out _));
        var seen = (await (await App.As(user)).Get($"groups/{group}/members/{user}")).Body;
        Assert.False(seen.TryGetProperty("email", out _));
        var (changed, after) = await App.Client().Put($"groups/{group}/members/{user}", new { access_level = 40, expires_at = "" });
        Assert.Equal((200, 40), (changed, after.GetProperty("access_level").GetInt32()));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, after.GetProperty("expires_at").ValueKind);
        Assert.Equal(204, (await App.Client().Delete($"groups/{group}/members/{user}")).Status);
        Assert.Equal("""404 {"message":"404 Not found"}""", (await App.Client().Get($"groups/{group}/members/{user}")).Message());
    }

    [Fact]
    public async Task What_cannot_be_is_refused_in_GitLabs_words()
    {
        var client = App.Client();
        var group = await App.AddGroup();
        var user = await App.AddUser();
        var members = $"groups/{group}/members";
        Assert.Equal("""400 {"error":"access_level is missing, user_id, username are missing, exactly one parameter must be provided"}""", (await client.Post(members, new { })).Message());
        Assert.Equal("""400 {"error":"access_level does not have a valid value"}""", (await client.Post(members, new { user_id = user, access_level = 35 })).Message());
        Assert.Equal("""400 {"error":"user_id, username are mutually exclusive"}""", (await client.Post(members, new { user_id = user, username = "root", access_level = 30 })).Message());
        Assert.Equal("""404 {"message":"404 User Not Found"}""", (await client.Post(members, new { user_id = 999999, access_level = 30 })).Message());
        Assert.Equal("""404 {"message":"404 Not found"}""", (await client.Put($"{members}/{user}", new { access_level = 30 })).Message());
        Assert.Equal("""404 {"message":"404 Not found"}""", (await client.Delete($"{members}/{user}")).Message());
        Assert.Equal("""404 {"message":"404 Group Not Found"}""", (await client.Get("groups/999999/members")).Message());
        Assert.Equal("""400 {"message":{"expires_at":["cannot be a date in the past"]}}""", (await client.Post(members, new { user_id = user, access_level = 30, expires_at = "2026-11-01" })).Message());
        await App.AddMember($"groups/{group}", user, 30);
        Assert.Equal("""409 {"message":"Member already exists"}""", (await client.Post(members, new { user_id = user, access_level = 30 })).Message());
        var sub = await App.AddGroup(parent: group);
        var path = (await client.Get($"groups/{group}")).Body.GetProperty("name").GetString();
        Assert.Equal(
            $$$"""400 {"message":{"access_level":["should be greater than or equal to Developer inherited membership from group {{{path}}}"]}}""",
            (await client.Post($"groups/{sub}/members", new { user_id = user, access_level = 20 })).Message());
        var (bot, _) = await App.AddBot(isGroup: true, group);
        Assert.Equal(400, (await client.Post($"groups/{sub}/members", new { user_id = bot, access_level = 20 })).Status);
    }

    [Theory]
    [InlineData("groups", 40, 10, 403)]
    [InlineData("groups", 50, 50, 201)]
    [InlineData("projects", 30, 10, 403)]
    [InlineData("projects", 40, 40, 201)]
    [InlineData("projects", 40, 50, 403)]
    [InlineData("projects", 50, 50, 201)]
    public async Task Nobody_gives_more_than_they_have(string type, int own, int given, int expected)
    {
        var group = await App.AddGroup();
        var resource = $"{type}/{(type == "groups" ? group : await App.AddProject(group))}";
        var (giver, taker) = (await App.AddUser(), await App.AddUser());
        await App.AddMember(resource, giver, own);
        var client = await App.As(giver);
        Assert.Equal(expected, (await client.Post($"{resource}/members", new { user_id = taker, access_level = given })).Status);
    }

    [Fact]
    public async Task A_maintainer_neither_changes_nor_removes_an_owner()
    {
        var project = await App.AddProject(await App.AddGroup());
        var (owner, maintainer) = (await App.AddUser(), await App.AddUser());
        await App.AddMember($"projects/{project}", owner, 50);
        await App.AddMember($"projects/{project}", maintainer, 40);
        var client = await App.As(maintainer);
        Assert.Equal("""403 {"message":"403 Forbidden"}""", (await client.Put($"projects/{project}/members/{owner}", new { access_level = 10 })).Message());
        Assert.Equal("""403 {"message":"403 Forbidden"}""", (await client.Delete($"projects/{project}/members/{owner}")).Message());
        Assert.Equal(404, (await (await App.As(await App.AddUser())).Get($"projects/{project}/members")).Status);
    }

    [Fact]
    public async Task Everybody_may_leave_but_the_last_owner()
    {
        var (owner, guest) = (await App.AddUser(), await App.AddUser());
        var client = await App.As(owner);
        var (_, made) = await client.Post("groups", new { name = "x", path = DirectoryKit.Name("leave") });
        var group = made.GetProperty("id").GetInt64();
        await App.AddMember($"groups/{group}", guest, 10);
        Assert.Equal(204, (await (await App.As(guest)).Delete($"groups/{group}/members/{guest}")).Status);
        Assert.Equal(403, (await client.Delete($"groups/{group}/members/{owner}")).Status);
        Assert.Equal(403, (await App.Client().Put($"groups/{group}/members/{owner}", new { access_level = 40 })).Status);
        await App.AddMember($"groups/{group}", guest, 50);
        Assert.Equal(204, (await client.Delete($"groups/{group}/members/{owner}")).Status);
        var (_, own) = await client.Post("projects", new { name = "mine" });
        Assert.Equal(403, (await App.Client().Delete($"projects/{own.GetProperty("id")}/members/{owner}")).Status);
    }

    [Fact]
    public async Task Inherited_members_are_listed_once_with_their_highest_level()
    {
        var top = await App.AddGroup();
        var sub = await App.AddGroup(parent: top);
        var project = await App.AddProject(sub);
        var (both, above) = (await App.AddUser(), await App.AddUser());
        await App.AddMember($"groups/{top}", both, 20);
        await App.AddMember($"groups/{top}", above, 30);
        await App.AddMember($"projects/{project}", both, 40);
        Assert.Equal([both.ToString()], (await App.Client().Get($"projects/{project}/members")).Each("id"));
        var all = await App.Client().Get($"projects/{project}/members/all");
        Assert.Equal(["1", above.ToString(), both.ToString()], all.Each("id"));
        Assert.Equal(["50", "30", "40"], all.Each("access_level"));
        Assert.Equal(40, (await App.Client().Get($"projects/{project}/members/all/{both}")).Body.GetProperty("access_level").GetInt32());
        Assert.Equal(30, (await App.Client().Get($"projects/{project}/members/all/{above}")).Body.GetProperty("access_level").GetInt32());
        Assert.Equal(404, (await App.Client().Get($"projects/{project}/members/{above}")).Status);
        Assert.Equal([above.ToString()], (await App.Client().Get($"projects/{project}/members/all?user_ids[]={above}")).Each("id"));
        Assert.Equal(204, (await App.Client().Delete($"groups/{top}/members/{both}")).Status);
        Assert.Equal(404, (await App.Client().Get($"projects/{project}/members/{both}")).Status);
    }

    [Fact]
    public async Task An_expired_membership_gives_nothing_and_can_be_given_again()
    {
        await using var app = await PatrolApp.Start();
        var project = await app.AddProject();
        var user = await app.AddUser();
        await app.AddMember($"projects/{project}", user, 30, "2026-11-24");
        var client = await app.As(user);
        Assert.Equal(200, (await client.Get($"projects/{project}")).Status);
        app.Clock.SetUtcNow(new DateTimeOffset(2026, 11, 24, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(404, (await client.Get($"projects/{project}")).Status);
        Assert.DoesNotContain(user.ToString(), (await app.Client().Get($"projects/{project}/members/all")).Each("id"));
        await app.AddMember($"projects/{project}", user, 10);
        Assert.Equal(200, (await client.Get($"projects/{project}")).Status);
    }

    [Fact]
    public async Task Several_users_are_added_at_once_by_id_or_name()
    {
        var group = await App.AddGroup();
        var (one, two) = (await App.AddUser(), await App.AddUser());
        Assert.Equal("""201 {"status":"success"}""", (await App.Client().Post($"groups/{group}/members", new { user_id = $"{one},{two}", access_level = 20 })).Message());
        Assert.Equal(
            $$$"""201 {"status":"error","message":{"{{{one}}}":"Member already exists"}}""",
            (await App.Client().Post($"groups/{group}/members", new { user_id = $"{one},{await App.AddUser()}", access_level = 20 })).Message());
        var name = DirectoryKit.Name("by-name");
        await App.AddUser(name);
        Assert.Equal(201, (await App.Client().Post($"groups/{group}/members", new { username = name, access_level = 20 })).Status);
        Assert.Equal([name], (await App.Client().Get($"groups/{group}/members?query={name}")).Each("username"));
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Administrators_see_what_somebody_is_a_member_of(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        var (user, group) = (await app.AddUser(), await app.AddGroup("team"));
        var project = await app.AddProject(group, "code");
        await app.AddMember($"groups/{group}", user, 20);
        await app.AddMember($"projects/{project}", user, 30);
        await app.AddMember($"projects/{await app.AddProject()}", user, 30, "2026-11-24");
        app.Clock.Advance(TimeSpan.FromDays(3));
        var ofGroup = $$"""{"source_id":{{group}},"source_name":"team","source_type":"Namespace","access_level":20}""";
        var ofProject = $$"""{"source_id":{{project}},"source_name":"code","source_type":"Project","access_level":30}""";
        async Task<string> Ask(HttpClient client, string question) => (await client.Get($"users/{question}")).Message();
        Assert.Equal($"200 [{ofGroup},{ofProject}]", await Ask(app.Client(), $"{user}/memberships"));
        Assert.Equal($"200 [{ofProject}]", await Ask(app.Client(), $"{user}/memberships?type=Project"));
        Assert.Equal($"200 [{ofGroup}]", await Ask(app.Client(), $"{user}/memberships?type=Namespace"));
        Assert.Equal("""400 {"error":"type does not have a valid value"}""", await Ask(app.Client(), $"{user}/memberships?type=Group"));
        Assert.Equal("""404 {"message":"404 User Not Found"}""", await Ask(app.Client(), "999999/memberships"));
        Assert.Equal("""403 {"message":"403 Forbidden"}""", await Ask(await app.As(user), $"{user}/memberships"));
    }
}
