namespace Patrol.Server.Wire.Atlassian;

/// <summary>
/// Atlassian Data Center's API for personal access tokens, and what clients of Jira and Confluence ask first: below <c>/rest</c>,
/// <c>/jira/rest</c> and <c>/confluence/rest</c>. What is the same as there and what is not: docs/compat/atlassian.md.
/// </summary>
internal static class AtlassianApi
{
    /// <summary>Where the products are installed; the API is the same below each.</summary>
    public static readonly string[] Contexts = ["", "/jira", "/confluence"];

    public static void AddParts(IServiceCollection services) =>
        services.AddSingleton<AtlassianGate>().AddSingleton<TokensApi>().AddSingleton<ReadSearch>().AddSingleton<ProfileApi>().AddSingleton<SessionApi>();

    public static void Map(WebApplication app)
    {
        foreach (var context in Contexts)
        {
            var routes = new AtlassianRoutes(app, app.Services.GetRequiredService<AtlassianGate>(), context);
            app.Services.GetRequiredService<TokensApi>().Map(routes);
            app.Services.GetRequiredService<ProfileApi>().Map(routes);
            app.Services.GetRequiredService<SessionApi>().Map(routes);
        }
    }
}
