using System.Text.Json;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire.GitLab;

/// <summary>Access tokens of projects and groups, which behave alike but for who may act.</summary>
public sealed class ResourceTokensTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private const string Nobody = """401 {"message":"401 Unauthorized"}""";
    private static readonly string[] Fields =
    [
        "access_level", "active", "created_at", "description", "expired", "expires_at", "granular", "id", "last_used_at", "last_used_ips", "name", "resource_id", "resource_type",
        "revoked", "scopes", "user_id",
    ];

    private PatrolApp App => shared.App;

    [Theory]
    [InlineData("project")]
    [InlineData("group")]
    public async Task One_is_made_with_a_bot_shown_listed_used_and_ended(string kind)
    {
        var (id, root) = await Resource(kind);
        var (status, made) = await App.Client().Post(root, new { name = "deploy", description = "why", scopes = (string[])["api"] });
        Assert.Equal(201, status);
        Assert.Equal(Fields.Append("token").Order(StringComparer.Ordinal), made.Keys());
        Assert.Equal((kind, id, 40, "2027-11-22"), (made.Text("resource_type"), made.GetProperty("resource_id").GetInt64(), made.GetProperty("access_level").GetInt32(), made.Text("expires_at")));
        var bot = (await App.Client(made.Text("token")).Get("user")).Body;
        Assert.Equal(made.GetProperty("user_id").GetInt64(), bot.Id());
        Assert.Matches($"^{kind}_{id}_bot_[0-9a-f]+$", bot.Text("username"));
        Assert.Equal($"{bot.Text("username")}@noreply.127.0.0.1", bot.Text("email"));
        Assert.Equal(("deploy", true), (bot.Text("name"), bot.GetProperty("bot").GetBoolean()));
        Assert.Equal(Fields, (await App.Client().Get($"{root}/{made.Id()}")).Body.Keys());
        Assert.Equal(Fields, (await App.Client().Get(root)).Body[0].Keys());
        Assert.Equal("204 ", (await App.Client().Ask(HttpMethod.Delete, $"{root}/{made.Id()}")).ToString());
        Assert.Equal(401, (await App.Client(made.Text("token")).Get("user")).Status);
        Assert.Equal([made.Id().ToString()], (await App.Client().Get($"{root}?state=inactive")).Each("id"));
    }

    [Theory]
    [InlineData("project")]
    [InlineData("group")]
    public async Task The_resource_is_named_by_id_or_full_path_and_only_its_own_tokens_are_listed(string kind)
    {
        var group = await App.AddGroup();
        var path = (await App.Client().Get($"groups/{group}")).Body.Text("full_path");
        var project = await App.AddProject(group, "inside-" + kind);
        var (mine, others) = kind == "group" ? ($"groups/{path}", $"projects/{project}") : ($"projects/{path}%2Finside-{kind}", $"groups/{group}");
        await New(others, "other");
        var own = await New(mine, "own");
        Assert.Equal(["own"], (await App.Client().Get($"{mine}/access_tokens")).Each("name"));
        Assert.Equal(
            $$"""404 {"message":"404 {{(kind == "group" ? "project" : "group")}} Access Token Not Found"}""",
            (await App.Client().Get($"{others}/access_tokens/{own.Id()}")).Message());
    }

    [Fact]
    public async Task The_list_takes_the_filters_and_orders_of_personal_tokens_but_no_user()
    {
        var (id, root) = await Resource("project");
        foreach (var name in (string[])["alpha", "beta", "gamma"])
            await New($"projects/{id}", name);
        await App.Client().Delete($"{root}/{(await App.Client().Get($"{root}?search=gam")).Body[0].Id()}");
        async Task<string> Names(string query) => string.Join(' ', (await App.Client().Get($"{root}?{query}")).Each("name"));
        Assert.Equal("gamma beta alpha", await Names("sort=name_desc"));
        Assert.Equal("alpha beta", await Names("state=active"));
        Assert.Equal("gamma", await Names("revoked=true"));
        Assert.Equal("beta", await Names("search=BET"));
        Assert.Equal("", await Names("expires_before=2027-11-22"));
        Assert.Equal("alpha beta gamma", await Names("user_id=1"));
        Assert.Equal("""400 {"error":"state does not have a valid value"}""", (await App.Client().Get($"{root}?state=asdf")).Message());
        Assert.Equal("3", (await App.Client().Ask($"{root}?per_page=1")).Header("X-Total"));
    }

    [Theory]
    [InlineData("project", 40, 30)]
    [InlineData("group", 50, 40)]
    public async Task Whose_level_suffices_manages_them_and_others_are_told_as_little_as_possible(string kind, int enough, int tooLittle)
    {
        var (id, root) = await Resource(kind);
        var token = await New($"{kind}s/{id}", "one");
        var (manager, member, stranger) = (await App.AddUser(), await App.AddUser(), await App.AddUser());
        await App.AddMember($"{kind}s/{id}", manager, enough);
        await App.AddMember($"{kind}s/{id}", member, tooLittle);
        var client = await App.As(member);
        var order = new { name = "x", scopes = (string[])["api"], access_level = 10 };
        Assert.Equal(Nobody, (await client.Get(root)).Message());
        Assert.Equal(Nobody, (await client.Get($"{root}/{token.Id()}")).Message());
        Assert.Equal(Nobody, (await client.Post($"{root}/{token.Id()}/rotate")).Message());
        Assert.Equal($$"""400 {"message":"400 Bad request - User does not have permission to create {{kind}} access token"}""", (await client.Post(root, order)).Message());
        var name = (await client.Get("user")).Body.Text("name");
        Assert.Equal($$"""400 {"message":"400 Bad request - {{name}} cannot delete one"}""", (await client.Delete($"{root}/{token.Id()}")).Message());

        client = await App.As(stranger);
        foreach (var (method, path) in ((HttpMethod, string)[])[(HttpMethod.Get, ""), (HttpMethod.Get, "/1"), (HttpMethod.Post, "/1/rotate"), (HttpMethod.Delete, "/1")])
            Assert.Equal($$"""404 {"message":"404 {{(kind == "group" ? "Group" : "Project")}} Not Found"}""", (await client.Send(method, root + path)).Message());

        client = await App.As(manager);
        Assert.Equal(200, (await client.Get(root)).Status);
        var (status, made) = await client.Post(root, order);
        Assert.Equal(201, status);
        Assert.Equal(200, (await client.Post($"{root}/{token.Id()}/rotate")).Status);
        Assert.Equal(204, (await client.Delete($"{root}/{made.Id()}")).Status);
        Assert.Equal(Nobody, (await client.Post($"{root}/999999/rotate")).Message());
        Assert.Equal($$"""404 {"message":"404 {{kind}} Access Token Not Found"}""", (await App.Client().Post($"{root}/999999/rotate")).Message());
        Assert.Equal($$"""404 {"message":"404 {{kind}} Access Token Not Found"}""", (await client.Get($"{root}/999999")).Message());
        Assert.Equal($$"""404 {"message":"404 {{kind}} Access Token Not Found"}""", (await client.Delete($"{root}/abc")).Message());
    }

    [Theory]
    [InlineData("""{"scopes":["api"]}""", """400 {"error":"name is missing"}""")]
    [InlineData("""{"name":"x"}""", """400 {"error":"scopes is missing"}""")]
    [InlineData("""{"name":"x","scopes":"api,read_api"}""", """400 {"error":"scopes is invalid"}""")]
    [InlineData("""{"name":"x","scopes":["read_user"]}""", """400 {"error":"scopes does not have a valid value"}""")]
    [InlineData("""{"name":"x","scopes":["sudo"]}""", """400 {"error":"scopes does not have a valid value"}""")]
    [InlineData("""{"name":"x","scopes":[]}""", """400 {"message":"400 Bad request - Scopes can't be blank"}""")]
    [InlineData("""{"name":"","scopes":["api"]}""", """400 {"message":"400 Bad request - Name can't be blank"}""")]
    [InlineData("""{"name":"x","scopes":["api"],"access_level":0}""", """400 {"error":"access_level does not have a valid value"}""")]
    [InlineData("""{"name":"x","scopes":["api"],"access_level":5}""", """400 {"error":"access_level does not have a valid value"}""")]
    [InlineData("""{"name":"x","scopes":["api"],"access_level":"high"}""", """400 {"error":"access_level is invalid"}""")]
    [InlineData("""{"name":"x","scopes":["api"],"expires_at":"2027-11-23"}""", """400 {"message":"400 Bad request - Expires at must be before 2027-11-22"}""")]
    public async Task What_cannot_be_made_is_told(string body, string expected)
    {
        foreach (var kind in (string[])["project", "group"])
            Assert.Equal(expected, (await App.Client().Ask(HttpMethod.Post, (await Resource(kind)).Root, RawAnswers.Body(body))).ToString());
    }

    [Theory]
    [InlineData(10)]
    [InlineData(15)]
    [InlineData(20)]
    [InlineData(30)]
    [InlineData(40)]
    [InlineData(50)]
    public async Task Every_level_up_to_ones_own_can_be_given(int level)
    {
        var (id, root) = await Resource("project");
        var maintainer = await App.AddUser();
        await App.AddMember($"projects/{id}", maintainer, 40);
        var order = new { name = "x", scopes = (string[])["api"], access_level = level };
        Assert.Equal(level, (await App.Client().Post(root, order)).Body.GetProperty("access_level").GetInt32());
        var answer = await (await App.As(maintainer)).Post(root, order);
        Assert.Equal(level <= 40 ? 201 : 400, answer.Status);
        if (level > 40)
            Assert.Equal("400 Bad request - Access level of the token contains permissions not held by the creating user", answer.Body.Text("message"));
    }

    [Fact]
    public async Task A_bot_looks_after_the_other_tokens_of_its_resource_but_makes_none()
    {
        var (id, root) = await Resource("project");
        var bot = App.Client((await New($"projects/{id}", "bot")).Text("token"));
        var other = await New($"projects/{id}", "other");
        Assert.Equal(2, (await bot.Get(root)).Body.GetArrayLength());
        Assert.Equal(200, (await bot.Get($"{root}/{other.Id()}")).Status);
        Assert.Equal(
            """400 {"message":"400 Bad request - User does not have permission to create project access token"}""",
            (await bot.Post(root, new { name = "x", scopes = (string[])["api"] })).Message());
        Assert.Equal(204, (await bot.Delete($"{root}/{other.Id()}")).Status);
        var small = App.Client((await New($"projects/{id}", "small", 30)).Text("token"));
        Assert.Equal(Nobody, (await small.Get(root)).Message());
    }

    [Fact]
    public async Task A_token_whose_bot_is_no_member_any_more_has_no_level_and_cannot_be_ended_here()
    {
        var (id, root) = await Resource("project");
        var token = await New($"projects/{id}", "lost");
        Assert.Equal(204, (await App.Client().Delete($"projects/{id}/members/{token.GetProperty("user_id")}")).Status);
        Assert.Equal(JsonValueKind.Null, (await App.Client().Get($"{root}/{token.Id()}")).Body.GetProperty("access_level").ValueKind);
        Assert.Equal("""400 {"message":"400 Bad request - Failed to find bot user"}""", (await App.Client().Delete($"{root}/{token.Id()}")).Message());
    }

    [Fact]
    public async Task Rotation_keeps_the_bot_and_needs_a_level_that_covers_the_bots()
    {
        var (id, root) = await Resource("project");
        var token = await New($"projects/{id}", "owner", 50);
        var maintainer = await App.AddUser();
        await App.AddMember($"projects/{id}", maintainer, 40);
        Assert.Equal(
            """400 {"message":"400 Bad request - Not eligible to rotate tokens with permissions not held by the user"}""",
            (await (await App.As(maintainer)).Post($"{root}/{token.Id()}/rotate")).Message());
        var (status, rotated) = await App.Client().Post($"{root}/{token.Id()}/rotate", new { expires_at = "2026-12-31" });
        Assert.Equal(200, status);
        Assert.Equal(Fields.Append("token").Order(StringComparer.Ordinal), rotated.Keys());
        Assert.Equal(("2026-12-31", 50), (rotated.Text("expires_at"), rotated.GetProperty("access_level").GetInt32()));
        Assert.Equal(token.GetProperty("user_id").GetInt64(), rotated.GetProperty("user_id").GetInt64());
        Assert.Equal("""400 {"message":"400 Bad request - Token already revoked"}""", (await App.Client().Post($"{root}/{token.Id()}/rotate")).Message());
        Assert.Equal("""400 {"error":"expires_at is invalid"}""", (await App.Client().Post($"{root}/{rotated.Id()}/rotate", new { expires_at = "soon" })).Message());
    }

    [Fact]
    public async Task An_open_project_shows_itself_to_strangers_but_not_its_tokens()
    {
        var id = await App.AddProject(visibility: "public");
        var token = await New($"projects/{id}", "one");
        var client = await App.As(await App.AddUser());
        Assert.Equal(Nobody, (await client.Get($"projects/{id}/access_tokens")).Message());
        Assert.Equal(400, (await client.Delete($"projects/{id}/access_tokens/{token.Id()}")).Status);
        Assert.Equal(401, (await App.Client(token: null).Get($"projects/{id}/access_tokens")).Status);
    }

    [Fact]
    public async Task A_bot_is_external_if_its_maker_is_and_rotation_takes_the_end_of_its_membership_away()
    {
        var (id, root) = await Resource("project");
        var maker = await App.AddUser(external: true);
        await App.AddMember($"projects/{id}", maker, 40);
        var (_, made) = await (await App.As(maker)).Post(root, new { name = "bot", scopes = (string[])["api"] });
        var bot = made.GetProperty("user_id");
        Assert.True((await App.Client().Get($"users/{bot}")).Body.GetProperty("external").GetBoolean());
        await App.Client().Put($"projects/{id}/members/{bot}", new { access_level = 40, expires_at = "2026-12-24" });
        Assert.Equal("2026-12-24", (await App.Client().Get($"projects/{id}/members/{bot}")).Body.Text("expires_at"));
        await App.Client().Post($"{root}/{made.Id()}/rotate");
        Assert.Equal(JsonValueKind.Null, (await App.Client().Get($"projects/{id}/members/{bot}")).Body.GetProperty("expires_at").ValueKind);
        // Root has the token now, and is not external.
        Assert.False((await App.Client().Get($"users/{bot}")).Body.GetProperty("external").GetBoolean());
    }

    [Fact]
    public async Task A_bot_rotates_itself_at_its_own_resource_only()
    {
        var (id, root) = await Resource("project");
        var (_, strange) = await Resource("project");
        var open = await App.AddProject(visibility: "public");
        var bot = (await App.Client().Post(root, new { name = "bot", scopes = (string[])["self_rotate"], access_level = 10 })).Body.Text("token");
        Assert.Equal("""405 {"message":"405 Method Not Allowed"}""", (await App.Client().Post($"{root}/self/rotate")).Message());
        Assert.Equal("""404 {"message":"404 Project Not Found"}""", (await App.Client(bot).Post($"{strange}/self/rotate")).Message());
        Assert.Equal(Nobody, (await App.Client(bot).Post($"projects/{open}/access_tokens/self/rotate")).Message());
        var (status, rotated) = await App.Client(bot).Post($"{root}/self/rotate");
        Assert.Equal((200, "2026-11-29"), (status, rotated.Text("expires_at")));
        Assert.Equal(id, rotated.GetProperty("resource_id").GetInt64());
        Assert.Equal(200, (await App.Client(rotated.Text("token")).Post("personal_access_tokens/self/rotate")).Status);
    }

    private async Task<(long Id, string Root)> Resource(string kind)
    {
        var id = kind == "group" ? await App.AddGroup() : await App.AddProject();
        return (id, $"{kind}s/{id}/access_tokens");
    }

    private async Task<JsonElement> New(string of, string name, int level = 40) =>
        (await App.Client().Post($"{of}/access_tokens", new { name, scopes = (string[])["api"], access_level = level })).Body;
}
