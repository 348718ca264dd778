using System.Text.Json;
using Patrol.Core.Tokens;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire.GitLab;

/// <summary>Personal access tokens: shown, made and ended.</summary>
public sealed class PersonalTokensTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private const string Nobody = """401 {"message":"401 Unauthorized"}""";
    private static readonly string[] Fields =
        ["active", "created_at", "description", "expired", "expires_at", "granular", "id", "last_used_at", "last_used_ips", "name", "revoked", "scopes", "user_id"];

    private PatrolApp App => shared.App;

    [Fact]
    public async Task One_is_shown_to_its_owner_and_to_administrators_and_to_nobody_else()
    {
        var (owner, other) = (await App.AddUser(), await App.AddUser());
        var (id, text) = await App.NewToken(owner);
        Assert.Equal(Fields, (await App.Client(text).Get($"personal_access_tokens/{id}")).Body.Keys());
        Assert.Equal(id, (await App.Client().Get($"personal_access_tokens/{id}")).Body.Id());
        var stranger = await App.As(other);
        Assert.Equal(Nobody, (await stranger.Get($"personal_access_tokens/{id}")).Message());
        Assert.Equal(Nobody, (await stranger.Get("personal_access_tokens/999999")).Message());
        Assert.Equal("""404 {"message":"404 Not Found"}""", (await App.Client().Get("personal_access_tokens/999999")).Message());
    }

    [Fact]
    public async Task Ones_own_impersonation_tokens_are_shown_by_id()
    {
        var owner = await App.AddUser();
        var acting = await App.Give($"own-acting-{owner}-00000000", userId: owner, kind: TokenKind.Impersonation);
        Assert.Equal(acting.Id, (await (await App.As(owner)).Get($"personal_access_tokens/{acting.Id}")).Body.Id());
    }

    [Fact]
    public async Task A_token_shows_itself_with_its_last_use()
    {
        var owner = await App.AddUser();
        var (id, text) = await App.NewToken(owner, "k8s_proxy");
        var (status, self) = await App.Client(text).Get("personal_access_tokens/self");
        Assert.Equal(200, status);
        Assert.Equal(Fields, self.Keys());
        Assert.Equal(id, self.Id());
        Assert.Equal(owner, self.GetProperty("user_id").GetInt64());
        Assert.Equal("2026-11-22T12:00:00.000Z", self.Text("last_used_at"));
        Assert.Equal("127.0.0.1", self.GetProperty("last_used_ips")[0].GetString());
        Assert.Equal("k8s_proxy", self.GetProperty("scopes")[0].GetString());
    }

    [Fact]
    public async Task An_administrator_makes_one_for_anybody_that_lasts_a_year_if_no_date_is_named()
    {
        var owner = await App.AddUser();
        var (status, made) = await App.Client().Post($"users/{owner}/personal_access_tokens", new { name = "made", description = "for tests", scopes = (string[])["api", "read_user"] });
        Assert.Equal(201, status);
        Assert.Equal(Fields.Append("token").Order(StringComparer.Ordinal), made.Keys());
        Assert.Equal(("made", "for tests", "2027-11-22"), (made.Text("name"), made.Text("description"), made.Text("expires_at")));
        Assert.Equal("""["api","read_user"]""", made.GetProperty("scopes").ToString());
        Assert.Equal(JsonValueKind.Null, made.GetProperty("last_used_at").ValueKind);
        Assert.Matches("^glpat-[0-9A-Za-z_-]{27,300}\\.01\\.[0-9a-z]{9}$", made.Text("token"));
        Assert.Equal(200, (await App.Client(made.Text("token")).Get("user")).Status);
        Assert.False((await App.Client().Get($"personal_access_tokens/{made.Id()}")).Body.TryGetProperty("token", out _));
    }

    [Theory]
    [InlineData("name=a&scopes[]=api&scopes[]=read_user")]
    [InlineData("name=a&scopes=api,read_user")]
    [InlineData("name=a&scopes=api,%20read_user")]
    public async Task Scopes_come_as_an_array_or_with_commas_in_query_and_form(string text)
    {
        var owner = await App.AddUser();
        var inQuery = await App.Client().Ask(HttpMethod.Post, $"users/{owner}/personal_access_tokens?{text}");
        var inForm = await App.Client().Ask(HttpMethod.Post, $"users/{owner}/personal_access_tokens", RawAnswers.Body(text, "application/x-www-form-urlencoded"));
        foreach (var answer in (RawAnswer[])[inQuery, inForm])
            Assert.Equal((201, """["api","read_user"]"""), (answer.Status, answer.Json.GetProperty("scopes").ToString()));
    }

    [Theory]
    [InlineData("2027-11-22", 201)]
    [InlineData("2026-11-22", 201)]
    [InlineData("2020-01-01", 201)]
    [InlineData("2027-11-23", 422)]
    public async Task A_date_may_lie_in_the_past_and_up_to_a_year_ahead(string date, int expected)
    {
        var (status, made) = await App.Client().Post("users/1/personal_access_tokens", new { name = "dated", scopes = (string[])["api"], expires_at = date });
        Assert.Equal(expected, status);
        if (status == 201)
            Assert.Equal((date, string.CompareOrdinal(date, "2026-11-22") > 0), (made.Text("expires_at"), made.GetProperty("active").GetBoolean()));
        else
            Assert.Equal("Expires at must be before 2027-11-22", made.Text("message"));
    }

    [Theory]
    [InlineData("""{"scopes":["api"]}""", """400 {"error":"name is missing"}""")]
    [InlineData("""{"name":"x"}""", """400 {"error":"scopes is missing"}""")]
    [InlineData("""{"name":"x","scopes":["everything"]}""", """400 {"error":"scopes does not have a valid value"}""")]
    [InlineData("""{"name":"x","scopes":["openid"]}""", """400 {"error":"scopes does not have a valid value"}""")]
    [InlineData("""{"name":"","scopes":["api"]}""", """422 {"message":"Name can't be blank"}""")]
    [InlineData("""{"name":"x","scopes":[]}""", """422 {"message":"Scopes can't be blank"}""")]
    [InlineData("""{"name":"x","scopes":["sudo"]}""", """422 {"message":"Scopes can only contain available scopes"}""")]
    public async Task What_cannot_be_made_is_told(string body, string expected)
    {
        var owner = await App.AddUser();
        Assert.Equal(expected, (await App.Client().Ask(HttpMethod.Post, $"users/{owner}/personal_access_tokens", RawAnswers.Body(body))).ToString());
    }

    [Fact]
    public async Task Too_long_texts_are_told_and_names_need_not_be_unique()
    {
        var text = new string('x', 256);
        Assert.Equal(
            """422 {"message":"Description is too long (maximum is 255 characters)"}""",
            (await App.Client().Post("users/1/personal_access_tokens", new { name = "x", description = text, scopes = (string[])["api"] })).Message());
        // An emoji is one character, though it is two for .NET.
        await App.NewToken(1, new { name = string.Concat(Enumerable.Repeat("\U0001F511", 255)), scopes = (string[])["api"] });
        await App.NewToken(1, new { name = "twice", scopes = (string[])["api"] });
        await App.NewToken(1, new { name = "twice", scopes = (string[])["api"] });
    }

    [Fact]
    public async Task Only_administrators_make_ones_for_others_and_only_for_users_there_are_and_who_may_sign_in()
    {
        var owner = await App.AddUser();
        var order = new { name = "x", scopes = (string[])["api"] };
        Assert.Equal("""403 {"message":"403 Forbidden"}""", (await (await App.As(owner)).Post($"users/{owner}/personal_access_tokens", order)).Message());
        Assert.Equal("""404 {"message":"404 User Not Found"}""", (await App.Client().Post("users/999999/personal_access_tokens", order)).Message());
        await App.Client().Post($"users/{owner}/block");
        Assert.Equal("""422 {"message":"Not permitted to create"}""", (await App.Client().Post($"users/{owner}/personal_access_tokens", order)).Message());
    }

    [Fact]
    public async Task For_oneself_only_the_two_smallest_scopes_can_be_had()
    {
        var client = await App.As(await App.AddUser());
        var (status, made) = await client.Post("user/personal_access_tokens", new { name = "own", scopes = (string[])["k8s_proxy", "self_rotate"] });
        Assert.Equal((201, "2027-11-22"), (status, made.Text("expires_at")));
        Assert.Equal(Fields.Append("token").Order(StringComparer.Ordinal), made.Keys());
        Assert.Equal(
            """400 {"error":"scopes does not have a valid value"}""", (await client.Post("user/personal_access_tokens", new { name = "own", scopes = (string[])["k8s_proxy", "api"] })).Message());
        Assert.Equal("""400 {"error":"name is missing, scopes is missing"}""", (await client.Post("user/personal_access_tokens")).Message());
        Assert.Equal(
            """422 {"message":"Expires at must be before 2027-11-22"}""",
            (await client.Post("user/personal_access_tokens", new { name = "own", scopes = (string[])["self_rotate"], expires_at = "2028-01-01" })).Message());
    }

    [Fact]
    public async Task Owners_and_administrators_revoke_by_id_and_doing_it_again_is_no_mistake()
    {
        var (owner, other) = (await App.AddUser(), await App.AddUser());
        var client = await App.As(owner);
        var (id, text) = await App.NewToken(owner);
        Assert.Equal("""400 {"message":"400 Bad request - Not permitted to revoke"}""", (await (await App.As(other)).Delete($"personal_access_tokens/{id}")).Message());
        Assert.Equal("204 ", (await client.Ask(HttpMethod.Delete, $"personal_access_tokens/{id}")).ToString());
        Assert.Equal(401, (await App.Client(text).Get("user")).Status);
        Assert.True((await client.Get($"personal_access_tokens/{id}")).Body.GetProperty("revoked").GetBoolean());
        Assert.Equal(204, (await client.Delete($"personal_access_tokens/{id}")).Status);
        Assert.Equal(204, (await App.Client().Delete($"personal_access_tokens/{id}")).Status);
        Assert.Equal("""404 {"message":"404 Not found"}""", (await App.Client().Delete("personal_access_tokens/999999")).Message());
        Assert.Equal("""404 {"message":"404 Not found"}""", (await client.Delete("personal_access_tokens/999999")).Message());
    }

    [Fact]
    public async Task A_token_revokes_itself_with_any_scope()
    {
        var (_, text) = await App.NewToken(await App.AddUser(), "read_registry");
        Assert.Equal("204 ", (await App.Client(text).Ask(HttpMethod.Delete, "personal_access_tokens/self")).ToString());
        Assert.Equal(
            """401 {"error":"invalid_token","error_description":"Token was revoked. You have to re-authorize from the user."}""",
            (await App.Client(text).Get("personal_access_tokens/self")).Message());
    }

    [Fact]
    public async Task What_was_made_to_act_as_somebody_is_not_theirs_to_end()
    {
        const string refused = """400 {"message":"400 Bad request - Not permitted to revoke"}""";
        var owner = await App.AddUser();
        var text = $"acting-lasting-{owner}-0000";
        var acting = await App.Give(text, userId: owner, kind: TokenKind.Impersonation);
        Assert.Equal(refused, (await (await App.As(owner)).Delete($"personal_access_tokens/{acting.Id}")).Message());
        Assert.Equal(refused, (await App.Client(text).Delete("personal_access_tokens/self")).Message());
        await App.Give("acting-administrators-1", kind: TokenKind.Impersonation);
        Assert.Equal(204, (await App.Client("acting-administrators-1").Delete("personal_access_tokens/self")).Status);
        Assert.Equal(204, (await App.Client().Delete($"personal_access_tokens/{acting.Id}")).Status);
    }
}
