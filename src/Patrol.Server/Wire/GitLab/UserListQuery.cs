using Patrol.Server.Users;

namespace Patrol.Server.Wire.GitLab;

/// <summary>Reads which users <c>GET /users</c> asks for.</summary>
internal static class UserListQuery
{
    public static UserFilter Read(GitLabRequest request)
    {
        var parameters = request.Parameters;
        var admin = request.Caller.IsAdmin;
        bool Flag(string name) => parameters.Boolean(name) == true;
        var (after, before, withoutProjects, twoFactor) =
            (parameters.Instant("created_after"), parameters.Instant("created_before"), Flag("without_projects"), parameters.Text("two_factor"));
        var identity = Identity(parameters);
        return new UserFilter
        {
            Username = parameters.Text("username"),
            Search = parameters.Text("search"),
            SearchEmail = admin,
            Active = Flag("active"),
            Blocked = Flag("blocked"),
            ExcludeActive = Flag("exclude_active"),
            ExcludeBlocked = !admin,
            External = Flag("external"),
            ExcludeExternal = Flag("exclude_external"),
            Admins = Flag("admins") && admin,
            Humans = Flag("humans"),
            ExcludeHumans = Flag("exclude_humans"),
            WithoutBots = Flag("without_project_bots"),
            // As in GitLab: for others than administrators these are as if they were not there.
            CreatedAfter = admin ? after : null,
            CreatedBefore = admin ? before : null,
            WithoutProjectsAt = admin && withoutProjects ? request.Now : null,
            // Nobody here has an identity elsewhere, a public e-mail address or a second factor.
            Nobody = identity || parameters.Has("public_email") || (admin && twoFactor == "enabled"),
        };
    }

    /// <summary>True if an identity at another system is named, which takes both of its parts.</summary>
    public static bool Identity(Parameters parameters)
    {
        var (uid, provider) = (parameters.Text("extern_uid"), parameters.Text("provider"));
        if (parameters.Has("extern_uid") != parameters.Has("provider"))
            parameters.Problem("extern_uid, provider", "provide all or none of parameters");
        return uid is not null && provider is not null;
    }
}
