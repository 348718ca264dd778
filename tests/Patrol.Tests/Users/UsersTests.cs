using System.Text.Json;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Users;

public sealed class UsersTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private static readonly string[] BasicFields = ["avatar_url", "id", "locked", "name", "public_email", "state", "username", "web_url"];

    private PatrolApp App => shared.App;

    [Fact]
    public async Task An_administrator_makes_an_account_and_sees_all_of_it()
    {
        var (status, user) = await App.Client().Post("users", new { username = "Alice", name = "Alice A", email = "Alice@example.org", password = "eight chars", note = "new" });
        Assert.Equal(201, status);
        Assert.Equal("Alice", user.GetProperty("username").GetString());
        Assert.Equal("active", user.GetProperty("state").GetString());
        Assert.Equal("Alice@example.org", user.GetProperty("email").GetString());
        Assert.Equal("2026-11-22T12:00:00.000Z", user.GetProperty("created_at").GetString());
        Assert.Equal("new", user.GetProperty("note").GetString());
        Assert.False(user.GetProperty("is_admin").GetBoolean());
        Assert.False(user.GetProperty("bot").GetBoolean());
        Assert.True(user.GetProperty("can_create_group").GetBoolean());
        Assert.Equal("root", user.GetProperty("created_by").GetProperty("username").GetString());
        Assert.Equal($"{App.Address.ToString().TrimEnd('/')}/Alice", user.GetProperty("web_url").GetString());
        Assert.Equal(JsonValueKind.Number, user.GetProperty("namespace_id").ValueKind);
        Assert.Equal("id", user.EnumerateObject().First().Name);
        Assert.Equal("Alice", (await App.Client().Get("users?username=aLiCe")).Each("username").Single());
    }

    [Fact]
    public async Task Others_see_of_people_only_what_is_public()
    {
        var id = await App.AddUser();
        var client = await App.As(id);
        Assert.Equal(BasicFields, Fields((await client.Get("users?username=root")).Body[0]));
        var (_, root) = await client.Get("users/1");
        Assert.False(root.TryGetProperty("email", out _));
        Assert.False(root.TryGetProperty("is_admin", out _));
        Assert.False(root.GetProperty("bot").GetBoolean());
        var (status, self) = await client.Get("user");
        Assert.Equal(200, status);
        Assert.Equal(id, self.GetProperty("id").GetInt64());
        Assert.EndsWith("@example.org", self.GetProperty("email").GetString());
        Assert.False(self.TryGetProperty("is_admin", out _));
        Assert.True((await App.Client().Get("user")).Body.GetProperty("is_admin").GetBoolean());
    }

    [Theory]
    [InlineData("{}", """400 {"error":"email is missing, password, reset_password, force_random_password are missing, at least one parameter must be provided, name is missing, username is missing"}""")]
    [InlineData("""{"username":"ROOT","name":"x","email":"x@example.org","reset_password":true}""", """409 {"message":"Username has already been taken"}""")]
    [InlineData("""{"username":"x1","name":"x","email":"ADMIN@example.com","reset_password":true}""", """409 {"message":"Email has already been taken"}""")]
    [InlineData("""{"username":"x1","name":"x","email":"x1@example.org","password":"short"}""", """400 {"message":{"password":["is too short (minimum is 8 characters)"]}}""")]
    [InlineData("""{"username":"x1","name":"x","email":"nowhere","reset_password":true}""", """400 {"message":{"email":["is invalid"]}}""")]
    [InlineData("""{"username":"admin","name":"x","email":"x1@example.org","reset_password":true}""", """400 {"message":{"username":["is a reserved name"]}}""")]
    [InlineData("""{"username":"taken-by-group","name":"x","email":"x1@example.org","reset_password":true}""", """400 {"message":{"username":["has already been taken"]}}""")]
    public async Task An_account_that_cannot_be_is_refused_in_GitLabs_words(string body, string expected)
    {
        await App.Client().Post("groups", new { name = "taken", path = "Taken-by-group" });
        Assert.Equal(expected, Plain(await App.Client().Post("users", JsonDocument.Parse(body).RootElement)));
    }

    [Fact]
    public async Task Names_that_are_too_long_are_refused_and_break_nothing()
    {
        var text = new string('x', 256);
        Assert.Equal(
            """400 {"message":{"username":["is too long (maximum is 255 characters)"]}}""",
            Plain(await App.Client().Post("users", new { username = text, name = "x", email = "x2@example.org", reset_password = true })));
        Assert.Equal(
            """400 {"message":{"name":["is too long (maximum is 255 characters)"]}}""",
            Plain(await App.Client().Post("users", new { username = "x2", name = text, email = "x2@example.org", reset_password = true })));
    }

    [Fact]
    public async Task Only_administrators_change_accounts()
    {
        var client = await App.As(await App.AddUser());
        const string forbidden = """403 {"message":"403 Forbidden"}""";
        Assert.Equal(forbidden, Plain(await client.Post("users", new { })));
        Assert.Equal(forbidden, Plain(await client.Put("users/1", new { name = "x" })));
        Assert.Equal(forbidden, Plain(await client.Post("users/1/block")));
        Assert.Equal(forbidden, Plain(await client.Delete("users/1")));
    }

    [Fact]
    public async Task Read_user_reads_users_and_nothing_else()
    {
        var reader = await App.As(1, "read_user");
        Assert.Equal(200, (await reader.Get("user")).Status);
        Assert.Equal(200, (await reader.Get("users")).Status);
        Assert.Equal(403, (await reader.Post("users", new { })).Status);
        Assert.Equal(403, (await reader.Get("projects")).Status);
    }

    [Fact]
    public async Task Blocking_stops_tokens_at_once_and_unblocking_lets_them_in_again()
    {
        var id = await App.AddUser();
        var client = await App.As(id);
        Assert.Equal(200, (await client.Get("user")).Status);
        Assert.Equal("201 True", Plain(await App.Client().Post($"users/{id}/block")));
        Assert.Equal(403, (await client.Get("user")).Status);
        Assert.Equal("blocked", (await App.Client().Get($"users/{id}")).Body.GetProperty("state").GetString());
        Assert.Contains(id.ToString(), (await App.Client().Get("users?blocked=true&per_page=100")).Each("id"));
        Assert.Equal(201, (await App.Client().Post($"users/{id}/unblock")).Status);
        Assert.Equal(200, (await client.Get("user")).Status);
    }

    [Fact]
    public async Task The_last_administrator_stays()
    {
        await using var app = await PatrolApp.Start();
        Assert.Equal(403, (await app.Client().Delete("users/1")).Status);
        Assert.Equal(403, (await app.Client().Put("users/1", new { admin = false })).Status);
        var other = await app.AddUser();
        Assert.Equal(200, (await app.Client().Put($"users/{other}", new { admin = true })).Status);
        Assert.Equal(204, (await app.Client().Delete("users/1")).Status);
        Assert.Equal(401, (await app.Client().Get("user")).Status);
    }

    [Fact]
    public async Task Nobody_blocks_themself_or_somebody_who_is_not_there()
    {
        Assert.Equal("""403 {"message":"403 Forbidden - The API initiating user cannot be blocked by the API"}""", Plain(await App.Client().Post("users/1/block")));
        Assert.Equal("""404 {"message":"404 User Not Found"}""", Plain(await App.Client().Post("users/999999/block")));
    }

    [Theory]
    [InlineData("GET", "users/root")]
    [InlineData("GET", "users/-1")]
    [InlineData("PUT", "users/root")]
    [InlineData("DELETE", "users/root")]
    [InlineData("POST", "users/root/block")]
    [InlineData("POST", "users/root/unblock")]
    public async Task A_user_has_no_address_but_the_one_with_their_number(string method, string path) =>
        Assert.Equal("""404 {"error":"404 Not Found"}""", Plain(await App.Client().Send(new HttpMethod(method), path)));

    [Fact]
    public async Task A_new_user_name_moves_the_personal_projects_and_the_old_name_is_free()
    {
        var id = await App.AddUser("before");
        var client = await App.As(id);
        await client.Post("projects", new { name = "mine" });
        var (status, user) = await App.Client().Put($"users/{id}", new { username = "after", name = "After", email = "after@example.org", admin = true });
        Assert.Equal(200, status);
        Assert.True(user.GetProperty("is_admin").GetBoolean());
        Assert.Equal("after", (await client.Get("user")).Body.GetProperty("username").GetString());
        Assert.Equal(200, (await client.Get("projects/after%2Fmine")).Status);
        Assert.Equal(404, (await client.Get("projects/before%2Fmine")).Status);
        await App.AddUser("before");
    }

    [Fact]
    public async Task A_deleted_user_leaves_no_tokens_memberships_or_projects()
    {
        var id = await App.AddUser();
        var client = await App.As(id);
        var (_, project) = await client.Post("projects", new { name = "gone" });
        var (bot, botToken) = await App.AddBot(isGroup: false, project.GetProperty("id").GetInt64());
        var group = await App.AddGroup();
        await App.AddMember($"groups/{group}", id, 30);
        Assert.Equal(200, (await App.Client(botToken).Get("user")).Status);
        Assert.Equal(204, (await App.Client().Delete($"users/{id}")).Status);
        Assert.Equal(401, (await client.Get("user")).Status);
        Assert.Equal(401, (await App.Client(botToken).Get("user")).Status);
        Assert.Equal(404, (await App.Client().Get($"users/{id}")).Status);
        foreach (var table in (string[])["tokens", "members"])
            Assert.Equal(0, await App.Count($"SELECT count(*) FROM {table} WHERE user_id IN ({id}, {bot})"));
        Assert.Equal(0, await App.Count($"SELECT count(*) FROM namespaces WHERE owner_id = {id}"));
    }

    [Fact]
    public async Task A_group_is_not_left_without_an_owner_unless_it_goes_too()
    {
        var id = await App.AddUser();
        var client = await App.As(id);
        var (_, group) = await client.Post("groups", new { name = "Alone", path = DirectoryKit.Name("alone") });
        Assert.Equal("""409 {"message":"User cannot be removed while is the sole-owner of a group"}""", Plain(await App.Client().Delete($"users/{id}")));
        Assert.Equal(204, (await App.Client().Delete($"users/{id}?hard_delete=true")).Status);
        Assert.Equal(404, (await App.Client().Get($"groups/{group.GetProperty("id")}")).Status);
    }

    [Fact]
    public async Task Lists_are_filtered_ordered_and_paged()
    {
        var start = DirectoryKit.Name("list");
        foreach (var end in (string[])["c", "a", "b"])
            await App.AddUser($"{start}-{end}");
        Assert.Equal([$"{start}-b", $"{start}-a", $"{start}-c"], (await App.Client().Get($"users?search={start}")).Each("username"));
        Assert.Equal([$"{start}-a", $"{start}-b", $"{start}-c"], (await App.Client().Get($"users?search={start}&order_by=username&sort=asc")).Each("username"));
        Assert.Equal([$"{start}-c"], (await App.Client().Get($"users?search={start}&order_by=username&sort=asc&per_page=2&page=2")).Each("username"));
        Assert.Equal([$"{start}-a"], (await App.Client().Get($"users?search={start}-A@example.org")).Each("username"));
        Assert.Empty((await (await App.As(await App.AddUser())).Get($"users?search={start}-a@example.org")).Each("username"));
        Assert.Empty((await App.Client().Get("users?search=%25%25")).Each("username"));
        Assert.Equal("""400 {"error":"order_by does not have a valid value"}""", Plain(await App.Client().Get("users?order_by=password_hash")));
    }

    private static string[] Fields(JsonElement value) => [.. value.EnumerateObject().Select(member => member.Name).Order()];

    private static string Plain((int Status, JsonElement Body) answer) => answer.Message();
}
