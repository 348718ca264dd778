namespace Patrol.Server.Wire.Atlassian;

/// <summary>What clients ask first: who am I, and what server is this.</summary>
internal sealed class ProfileApi
{
    private const string Module = "api", Version = "2";

    public void Map(AtlassianRoutes routes)
    {
        routes.Get(Module, Version, "/myself", request => Now(new MyselfJson(request.Caller.User, request.BaseUrl, request.RootUrl)));
        routes.Get(Module, Version, "/serverInfo", request => Now(new ServerInfoJson(request.BaseUrl, request.Now)));
        // Older python-jira asks for the fields of issues, of which there are none.
        routes.Get(Module, Version, "/field", _ => Now(Array.Empty<string>()));
        routes.Get(Module, version: null, "/user/current", request => Now(new ConfluenceUserJson(request.Caller.User, request.BaseUrl, request.Context)));
    }

    /// <summary>The caller's address in Jira's API.</summary>
    public static string Self(AtlassianRequest request) => MyselfJson.SelfOf(request.Caller.User, request.BaseUrl);

    private static Task<Answer> Now<T>(T value) => Task.FromResult(Answer.Ok(value));
}
