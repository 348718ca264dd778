using Patrol.Core.Directory;
using Patrol.Core.Results;
using Patrol.Server.Members;
using Patrol.Server.Projects;
using Patrol.Server.Users;

namespace Patrol.Server.Wire.GitLab;

/// <summary>GitLab's projects API.</summary>
internal sealed class ProjectsApi(
    FindResource find, ReadProject read, ReadUser readUser, ListProjects list, CreateProject create, UpdateProject update, DeleteProject delete)
{
    public void Map(GitLabRoutes routes)
    {
        routes.Get("/projects", request => List(list, request, new ProjectFilter()), GitLabAccess.Public);
        routes.Get("/users/{user_id}/projects", ListOfUser, GitLabAccess.Public);
        routes.Post("/projects", Create);
        routes.Get("/projects/{id}", Get, GitLabAccess.Public);
        routes.Put("/projects/{id}", Update);
        routes.Delete("/projects/{id}", Delete);
    }

    /// <summary>One page of projects, which are also listed for groups and users.</summary>
    public static async Task<Answer> List(ListProjects list, GitLabRequest request, ProjectFilter within)
    {
        var parameters = request.Parameters;
        var page = PageRequest.Read(parameters);
        var part = ListingRequest.Part(
            parameters, page, descending: true, ("created_at", "p.created_at"), ("id", "p.id"), ("name", "lower(p.name)"), ("path", "lower(p.path)"),
            ("updated_at", "p.updated_at"), ("last_activity_at", "p.updated_at"), ("similarity", "p.created_at"), ("star_count", "p.id"));
        var owned = parameters.Boolean("owned") == true;
        var membership = parameters.Boolean("membership") == true;
        var least = ListingRequest.Level(parameters, "min_access_level");
        var simple = parameters.Boolean("simple") == true;
        var signedIn = request.CallerOrNobody is not null;
        var nothing = ListingRequest.AsksForNothing(parameters)
            | (signedIn && parameters.Boolean("starred") == true) | parameters.Boolean("imported") == true
            | parameters.Text("topic") is { Length: > 0 } | parameters.Integer("topic_id") is not null | parameters.Text("with_programming_language") is { Length: > 0 };
        var filter = within with
        {
            Search = parameters.Text("search"),
            SearchNamespaces = parameters.Boolean("search_namespaces") == true,
            // Without anybody calling, these ask for nobody's projects and are as if they were not there.
            LeastLevel = !signedIn ? null : owned ? AccessLevel.Owner : least ?? (membership ? AccessLevel.Guest : null),
            Visibility = ListingRequest.Visibility(parameters),
            IdAfter = parameters.Integer("id_after"),
            IdBefore = nothing ? 0 : parameters.Integer("id_before"),
            ActiveAfter = parameters.Instant("last_activity_after"),
            ActiveBefore = parameters.Instant("last_activity_before"),
            UpdatedAfter = parameters.Instant("updated_after"),
            UpdatedBefore = parameters.Instant("updated_before"),
        };
        if (parameters.Problems is not null)
            return Answer.BadParameters(parameters);
        if ((filter.UpdatedAfter ?? filter.UpdatedBefore) is not null && parameters.Text("order_by") != "updated_at")
            return Answer.BadRequest("`updated_at` filter and `updated_at` sorting must be paired");
        var projects = await list.Handle(request.CallerOrNobody, filter, part, request.Now);
        return simple || !signedIn
            ? page.Answer(request, projects.Rows.ConvertAll(one => new ProjectJson(one.Project, request.PublicUrl)), projects.Total, GitLabJson.Default.ListProjectJson)
            : page.Answer(
                request, projects.Rows.ConvertAll(one => new ProjectDetailJson(one, signedIn, request.PublicUrl)), projects.Total, GitLabJson.Default.ListProjectDetailJson);
    }

    private async Task<Answer> ListOfUser(GitLabRequest request) =>
        await readUser.Handle(request.Parameters.RequiredText("user_id")) is { } user
            ? await List(list, request, new ProjectFilter { OwnerId = user.Id })
            : Answer.NotFound("User");

    private async Task<Answer> Get(GitLabRequest request) => (await Find(request)).Succeeded(out var project, out var refusal)
        ? Answer.Ok(Render(request, await read.Handle(request.CallerOrNobody, project.Project!, request.Now)), GitLabJson.Default.ProjectDetailJson)
        : Answer.Refused(refusal);

    private async Task<Answer> Create(GitLabRequest request)
    {
        var parameters = request.Parameters;
        var wanted = new NewProject(
            parameters.Text("name"), parameters.Text("path"), parameters.Integer("namespace_id"), parameters.Text("description"),
            ListingRequest.Visibility(parameters) ?? Visibility.Private);
        if (!parameters.Has("name") && !parameters.Has("path"))
            parameters.Problem("name, path", "are missing, at least one parameter must be provided");
        if (parameters.Problems is not null)
            return Answer.BadParameters(parameters);
        return (await create.Handle(request.Caller, wanted, request.Now)).Succeeded(out var project, out var refusal)
            ? Answer.Created(Render(request, project), GitLabJson.Default.ProjectDetailJson)
            : Answer.RefusedModel(refusal);
    }

    private async Task<Answer> Update(GitLabRequest request)
    {
        var parameters = request.Parameters;
        var change = new ProjectChange(parameters.Text("name"), parameters.Text("path"), parameters.Text("description"), ListingRequest.Visibility(parameters));
        if (parameters.Problems is not null)
            return Answer.BadParameters(parameters);
        if (!(await Find(request)).Succeeded(out var project, out var missing))
            return Answer.Refused(missing);
        return (await update.Handle(request.Caller, project, change, request.Now)).Succeeded(out var changed, out var refusal)
            ? Answer.Ok(Render(request, changed), GitLabJson.Default.ProjectDetailJson)
            : Answer.RefusedModel(refusal);
    }

    private async Task<Answer> Delete(GitLabRequest request)
    {
        if (!(await Find(request)).Succeeded(out var project, out var missing))
            return Answer.Refused(missing);
        return (await delete.Handle(request.Caller, project, request.Now)).Refusal is { } refusal ? Answer.Refused(refusal) : Answer.Accepted();
    }

    private static ProjectDetailJson Render(GitLabRequest request, VisibleProject project) =>
        new(project, request.CallerOrNobody is not null, request.PublicUrl);

    private Task<Result<VisibleResource>> Find(GitLabRequest request) =>
        find.Handle(request.CallerOrNobody, isGroup: false, request.Parameters.RequiredText("id"), request.Now);
}
