using System.Text.Json;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Users;

/// <summary>Clients look for one user: what nobody has must not find everybody.</summary>
public sealed class UserListTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private PatrolApp App => shared.App;

    [Theory]
    [InlineData("extern_uid=7&provider=saml")]
    [InlineData("public_email=alice@example.org")]
    [InlineData("two_factor=enabled")]
    [InlineData("username=")]
    public async Task Who_is_looked_for_by_what_nobody_has_is_not_found(string filter)
    {
        var (status, body) = await App.Client().Get($"users?{filter}");
        Assert.Equal((200, "[]"), (status, body.ToString()));
    }

    [Fact]
    public async Task An_identity_elsewhere_has_two_parts_and_is_for_administrators_to_look_for()
    {
        const string half = """400 {"error":"extern_uid, provider provide all or none of parameters"}""";
        Assert.Equal(half, (await App.Client().Get("users?extern_uid=7")).Message());
        Assert.Equal(half, (await App.Client().Get("users?provider=saml")).Message());
        var client = await App.As(await App.AddUser());
        Assert.Equal("""403 {"message":"403 Forbidden"}""", (await client.Get("users?extern_uid=7&provider=saml")).Message());
        var name = DirectoryKit.Name("identity");
        var email = $"{name}@example.org";
        Assert.Equal(half, (await App.Client().Post("users", new { username = name, name, email, reset_password = true, provider = "saml" })).Message());
        var (status, made) = await App.Client().Post("users", new { username = name, name, email, reset_password = true, provider = "saml", extern_uid = "7" });
        Assert.Equal((201, 0), (status, made.GetProperty("identities").GetArrayLength()));
        Assert.Equal(half, (await App.Client().Put($"users/{made.Id()}", new { extern_uid = "7" })).Message());
    }

    [Fact]
    public async Task What_only_administrators_filter_by_is_ignored_for_others()
    {
        var client = await App.As(await App.AddUser());
        var all = (await client.Get("users?per_page=100")).Each("id");
        Assert.Equal(all, (await client.Get("users?per_page=100&two_factor=enabled&without_projects=true")).Each("id"));
        Assert.NotEmpty((await App.Client().Get("users?two_factor=disabled")).Each("id"));
    }

    [Fact]
    public async Task Blocked_users_are_in_administrators_lists_alone()
    {
        var name = DirectoryKit.Name("blocked");
        var blocked = await App.AddUser(name);
        await App.Client().Post($"users/{blocked}/block");
        var client = await App.As(await App.AddUser());
        foreach (var filter in (string[])[$"username={name}", $"search={name}", "blocked=true", "exclude_active=true"])
        {
            Assert.Empty((await client.Get($"users?{filter}")).Each("id"));
            Assert.Equal([$"{blocked}"], (await App.Client().Get($"users?{filter}")).Each("id"));
        }
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Users_without_projects_neither_own_one_nor_are_members_of_one_or_of_a_group_above_one(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        var (owner, member, above, former) = (await app.AddUser("owner"), await app.AddUser("member"), await app.AddUser("above"), await app.AddUser("former"));
        var (top, empty) = (await app.AddGroup(), await app.AddGroup());
        var project = await app.AddProject(await app.AddGroup(parent: top));
        await (await app.As(owner)).Post("projects", new { name = "own" });
        await app.AddMember($"projects/{project}", member, 10);
        await app.AddMember($"groups/{top}", above, 10);
        await app.AddMember($"groups/{empty}", former, 50);
        await app.AddMember($"projects/{project}", former, 10, "2026-11-24");
        Assert.Empty((await app.Client().Get("users?without_projects=true")).Each("username"));
        app.Clock.Advance(TimeSpan.FromDays(3));
        Assert.Equal(["former"], (await app.Client().Get("users?without_projects=true")).Each("username"));
    }

    [Fact]
    public async Task When_somebody_signed_in_is_always_said_to_be_unknown()
    {
        var id = await App.AddUser();
        foreach (var (client, path) in new[] { (await App.As(id), "user"), (App.Client(), "user"), (App.Client(), $"users/{id}") })
        {
            var (_, user) = await client.Get(path);
            foreach (var name in (string[])["last_sign_in_at", "current_sign_in_at", "last_activity_on"])
                Assert.Equal(JsonValueKind.Null, user.GetProperty(name).ValueKind);
            Assert.Equal("2026-11-22T12:00:00.000Z", user.GetProperty("confirmed_at").GetString());
        }
    }
}
