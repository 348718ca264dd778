using Patrol.Tests.Kit;

namespace Patrol.Tests.Conformance;

/// <summary>Administrators act as others.</summary>
public sealed class SudoTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private const string NotAdmin = """403 {"message":"403 Forbidden - Must be admin to use sudo"}""";
    private const string NoScope =
        """403 {"error":"insufficient_scope","error_description":"The request requires higher privileges than provided by the access token.","scope":"sudo"}""";

    private PatrolApp App => shared.App;

    [Fact]
    public async Task The_user_is_named_by_id_or_name_in_whatever_case_in_header_or_parameter_and_the_parameter_wins()
    {
        var name = DirectoryKit.Name("Sudoed");
        var id = await App.AddUser(name);
        var other = await App.AddUser();
        foreach (var who in (string[])[id.ToString(), name, name.ToUpperInvariant()])
        {
            Assert.Equal(id, (await App.Client().Ask("user", ("Sudo", who))).Json.Id());
            Assert.Equal(id, (await App.Client().Ask($"user?sudo={who}", ("Sudo", other.ToString()))).Json.Id());
        }
        Assert.Equal(1, (await App.Client().Ask("user?sudo=")).Json.Id());
    }

    [Fact]
    public async Task The_scope_sudo_alone_is_enough()
    {
        var id = await App.AddUser();
        await App.Give("sudo-alone-token-0001", scopes: "sudo");
        var group = $"group-{Guid.NewGuid():N}";
        Assert.Equal(id, (await App.Client("sudo-alone-token-0001").Ask("user", ("Sudo", id.ToString()))).Json.Id());
        var made = await App.Client("sudo-alone-token-0001").Ask(HttpMethod.Post, $"groups?name={group}&path={group}", null, ("Sudo", id.ToString()));
        Assert.Equal(201, made.Status);
        Assert.NotEqual(200, (await App.Client("sudo-alone-token-0001").Ask("user")).Status);
    }

    [Fact]
    public async Task Whoever_is_acted_as_has_their_own_rights_and_no_others()
    {
        var id = await App.AddUser();
        Assert.Equal("""403 {"message":"403 Forbidden"}""", (await App.Client().Ask("application/settings", ("Sudo", id.ToString()))).ToString());
    }

    [Fact]
    public async Task It_is_refused_in_the_order_caller_administrator_scope_user()
    {
        var user = await App.AddUser();
        var token = await App.AddToken(user, "api", "sudo");
        await App.Give("sudo-lacking-token-01", scopes: "api");
        Assert.Equal("""401 {"message":"401 Unauthorized"}""", (await App.Client(token: null).Ask("user", ("Sudo", "nonexistent"))).ToString());
        Assert.Equal("""401 {"message":"401 Unauthorized"}""", (await App.Client("unknown").Ask("user", ("Sudo", "nonexistent"))).ToString());
        Assert.Equal(NotAdmin, (await App.Client(token).Ask("user", ("Sudo", "nonexistent"))).ToString());
        Assert.Equal(NoScope, (await App.Client("sudo-lacking-token-01").Ask("user", ("Sudo", "nonexistent"))).ToString());
        Assert.Equal(
            """404 {"message":"404 User with ID or username 'nonexistent' Not Found"}""", (await App.Client().Ask("user", ("Sudo", "nonexistent"))).ToString());
        Assert.Equal("""404 {"message":"404 User with ID or username '999999' Not Found"}""", (await App.Client().Ask("user?sudo=999999")).ToString());
    }

    [Fact]
    public async Task What_is_done_in_anothers_name_is_written_down_with_who_did_it_and_by_which_token()
    {
        var name = DirectoryKit.Name("robin");
        var id = await App.AddUser(name);
        var (_, given) = await App.Client().Post($"users/{id}/impersonation_tokens", new { name = "acting", scopes = DirectoryKit.Api, expires_at = "2027-01-01" });
        var impersonation = App.Client(given.GetProperty("token").GetString());
        var own = App.Client(await App.AddToken(id, "api"));
        var robin = ("Sudo", id.ToString());
        await App.Client().Ask(HttpMethod.Post, $"groups?name={name}-1&path={name}-1", null, robin);
        await impersonation.Ask(HttpMethod.Post, $"groups?name={name}-2&path={name}-2", null);
        await own.Ask(HttpMethod.Post, $"groups?name={name}-3&path={name}-3", null);

        var trail = (await App.Client().Ask($"/api/patrol/v1/audit?action=group.create&actor={name}")).Json.GetProperty("items");
        Assert.Equal([null, $"impersonation token {given.Id()}", "sudo by root, token 1"], trail.EnumerateArray().Select(row => row.GetProperty("via").GetString()));
        using var browser = await App.Browser(language: "ja");
        var page = (await browser.Get($"/admin/audit?actor={name}")).Text;
        Assert.Contains("root による sudo、トークン 1<", page, StringComparison.Ordinal);
        Assert.Contains($"代理トークン {given.Id()}<", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_Admin_Mode_is_on_only_a_token_with_its_scope_may()
    {
        await using var app = await PatrolApp.Start();
        var id = await app.AddUser();
        await app.Give("sudo-without-mode-001", scopes: "api sudo");
        await app.Give("sudo-with-mode-000001", scopes: "sudo admin_mode");
        await app.Client().Put("application/settings", new { admin_mode = true });
        Assert.Equal(NotAdmin, (await app.Client("sudo-without-mode-001").Ask("user", ("Sudo", id.ToString()))).ToString());
        Assert.Equal(id, (await app.Client("sudo-with-mode-000001").Ask("user", ("Sudo", id.ToString()))).Json.Id());
    }
}
