using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire.Atlassian;

/// <summary>What clients ask first.</summary>
public sealed class ProfileApiTests(SharedApp shared) : IClassFixture<SharedApp>
{
    [Fact]
    public async Task Jira_tells_who_one_is_and_what_it_is()
    {
        using var root = shared.App.Basic();
        var (_, myself) = await root.Get("api/2/myself");
        Assert.Equal(
            ["active", "applicationRoles", "avatarUrls", "deleted", "displayName", "emailAddress", "expand", "groups", "key", "locale", "name", "self", "timeZone"], myself.Keys());
        Assert.Equal(("JIRAUSER10001", "root"), (myself.GetProperty("key").GetString(), myself.GetProperty("name").GetString()));
        Assert.Equal(["16x16", "24x24", "32x32", "48x48"], myself.GetProperty("avatarUrls").Keys());
        Assert.Equal("{\"size\":0,\"items\":[]}", myself.GetProperty("groups").ToString());
        var (_, server) = await root.Get("api/2/serverInfo?doHealthCheck=False");
        Assert.Equal(
            ["baseUrl", "buildDate", "buildNumber", "databaseBuildNumber", "deploymentType", "scmInfo", "serverTime", "serverTitle", "version", "versionNumbers"], server.Keys());
        Assert.Equal(shared.App.Address.ToString().TrimEnd('/'), server.GetProperty("baseUrl").GetString());
        Assert.Equal("2026-11-22T12:00:00.000Z", server.GetProperty("serverTime").GetString());
        Assert.Equal(server.GetProperty("version").GetString(), string.Join('.', server.GetProperty("versionNumbers").EnumerateArray()));
        Assert.Equal("[]", (await root.Get("api/2/field")).Body.ToString());
        using var below = shared.App.Rest("/jira");
        below.DefaultRequestHeaders.Authorization = root.DefaultRequestHeaders.Authorization;
        var picture = (await below.Get("api/2/myself")).Body.GetProperty("avatarUrls").GetProperty("48x48").GetString();
        Assert.Equal(200, (int)(await below.GetAsync(picture)).StatusCode);
    }

    [Fact]
    public async Task Confluence_tells_who_one_is()
    {
        using var client = shared.App.Rest("/confluence");
        client.DefaultRequestHeaders.Authorization = AtlassianKit.BasicOf("root", AtlassianKit.RootPassword);
        var (_, user) = await client.Get("api/user/current");
        Assert.Equal(["_expandable", "_links", "displayName", "profilePicture", "type", "userKey", "username"], user.Keys());
        Assert.Equal(("known", "root"), (user.GetProperty("type").GetString(), user.GetProperty("username").GetString()));
        Assert.Equal("/confluence", user.GetProperty("_links").GetProperty("context").GetString());
    }

    [Fact]
    public async Task Links_begin_with_the_public_address_and_the_context()
    {
        await using var app = await PatrolApp.Start("--public-url=https://tokens.example.org/");
        using var client = app.Rest("/jira");
        client.DefaultRequestHeaders.Authorization = AtlassianKit.BasicOf("root", AtlassianKit.RootPassword);
        Assert.Equal("https://tokens.example.org/jira", (await client.Get("api/2/serverInfo")).Body.GetProperty("baseUrl").GetString());
        Assert.StartsWith("https://tokens.example.org/jira/rest/api/2/user", (await client.Get("api/2/myself")).Body.GetProperty("self").GetString(), StringComparison.Ordinal);
    }
}
