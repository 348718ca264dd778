namespace Patrol.Server.Wire.GitLab;

/// <summary>
/// GitLab's API, <c>/api/v4</c>: one class of endpoints for each of its chapters. They parse, call a use case and render;
/// nothing is decided here but GitLab's choice of words.
/// </summary>
internal static class GitLabApi
{
    public static void AddParts(IServiceCollection services)
    {
        services.AddSingleton<GitLabGate>();
        services.AddSingleton<MetadataApi>().AddSingleton<PersonalTokensApi>().AddSingleton<ImpersonationTokensApi>().AddSingleton<ResourceTokensApi>().AddSingleton<SettingsApi>();
        services.AddSingleton<UsersApi>().AddSingleton<GroupsApi>().AddSingleton<NamespacesApi>().AddSingleton<ProjectsApi>().AddSingleton<MembersApi>().AddSingleton<HooksApi>();
    }

    public static void Map(WebApplication app)
    {
        var routes = new GitLabRoutes(app, app.Services.GetRequiredService<GitLabGate>());
        app.Services.GetRequiredService<MetadataApi>().Map(routes);
        app.Services.GetRequiredService<PersonalTokensApi>().Map(routes);
        app.Services.GetRequiredService<ImpersonationTokensApi>().Map(routes);
        app.Services.GetRequiredService<ResourceTokensApi>().Map(routes);
        app.Services.GetRequiredService<SettingsApi>().Map(routes);
        app.Services.GetRequiredService<UsersApi>().Map(routes);
        app.Services.GetRequiredService<GroupsApi>().Map(routes);
        app.Services.GetRequiredService<NamespacesApi>().Map(routes);
        app.Services.GetRequiredService<ProjectsApi>().Map(routes);
        app.Services.GetRequiredService<MembersApi>().Map(routes);
        app.Services.GetRequiredService<HooksApi>().Map(routes);
    }
}
