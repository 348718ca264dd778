using System.Net;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Web;

/// <summary>The pages of projects' and groups' tokens, for those who manage them.</summary>
public sealed class ResourceTokensTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private PatrolApp App => shared.App;

    [Theory]
    [InlineData(false, 40, true)]
    [InlineData(false, 30, false)]
    [InlineData(true, 50, true)]
    [InlineData(true, 40, false)]
    public async Task The_page_is_there_for_those_whose_role_suffices(bool isGroup, int level, bool there)
    {
        var (path, of) = await Add(isGroup);
        var (username, id) = await App.AddPerson();
        await App.AddMember(of, id, level);
        using var browser = await App.Browser(username, PageKit.Password);
        Assert.Equal(there ? HttpStatusCode.OK : HttpStatusCode.NotFound, (await browser.Get(path)).Status);
        Assert.Equal(there, (await browser.Get("/-/resources")).Text.Contains($"href=\"{path}\"", StringComparison.Ordinal));
        var sent = await browser.Post("/-/resources", path, ("name", "x"), ("scopes", "read_repository"), ("access_level", "10"), ("expires_at", "2027-01-01"));
        Assert.Equal(there ? HttpStatusCode.SeeOther : HttpStatusCode.NotFound, sent.Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_token_is_made_with_a_role_and_a_bot_renewed_and_revoked(bool isGroup)
    {
        var (path, of) = await Add(isGroup);
        using var browser = await App.Browser();
        Assert.Equal(path, (await browser.Post(path, path, ("name", "deploys"), ("scopes", "read_api"), ("access_level", "30"), ("expires_at", "2027-01-01"))).Location);
        var text = (await browser.Get(path)).ShownOnce!;
        var (_, user) = await App.Client(text).Get("user");
        Assert.Contains("_bot_", user.GetProperty("username").GetString(), StringComparison.Ordinal);
        var listed = (await App.Client().Get($"{of}/access_tokens")).Body.EnumerateArray().Single();
        Assert.Equal(("deploys", 30), (listed.GetProperty("name").GetString(), listed.GetProperty("access_level").GetInt32()));

        var id = listed.GetProperty("id").GetInt64();
        await browser.Post($"{path}/{id}/renew", $"{path}/{id}/renew", ("expires_at", "2027-02-01"), ("grace", "0"));
        var renewed = (await browser.Get(path)).ShownOnce!;
        Assert.Equal((401, 200), ((await App.Client(text).Get("user")).Status, (await App.Client(renewed).Get("user")).Status));
        var newId = (await App.Client(renewed).Get("personal_access_tokens/self")).Body.GetProperty("id").GetInt64();
        await browser.Post($"{path}/{newId}/revoke", $"{path}/{newId}/revoke");
        Assert.Equal(401, (await App.Client(renewed).Get("user")).Status);
    }

    [Fact]
    public async Task Nobody_gives_a_token_a_higher_role_than_their_own()
    {
        var (path, of) = await Add(isGroup: false);
        var (username, id) = await App.AddPerson();
        await App.AddMember(of, id, 40);
        using var browser = await App.Browser(username, PageKit.Password);
        Assert.DoesNotContain("value=\"50\"", (await browser.Get(path)).Text, StringComparison.Ordinal);
        var sent = await browser.Post(path, path, ("name", "x"), ("scopes", "api"), ("access_level", "50"), ("expires_at", "2027-01-01"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, sent.Status);
    }

    private async Task<(string Path, string Of)> Add(bool isGroup)
    {
        var name = DirectoryKit.Name("resource");
        return isGroup
            ? ($"/groups/{name}/-/settings/access_tokens", $"groups/{await App.AddGroup(name)}")
            : ($"/root/{name}/-/settings/access_tokens", $"projects/{await App.AddProject(path: name)}");
    }
}
