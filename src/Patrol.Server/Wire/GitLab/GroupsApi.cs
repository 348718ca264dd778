using Patrol.Core.Directory;
using Patrol.Core.Results;
using Patrol.Server.Groups;
using Patrol.Server.Members;
using Patrol.Server.Projects;
using Patrol.Server.Storage;

namespace Patrol.Server.Wire.GitLab;

/// <summary>GitLab's groups API.</summary>
internal sealed class GroupsApi(
    FindResource find, ListGroups list, ListProjects listProjects, CreateGroup create, UpdateGroup update, DeleteGroup delete)
{
    private const int MostProjectsOfGroup = 100;

    public void Map(GitLabRoutes routes)
    {
        routes.Get("/groups", request => List(request, null), GitLabAccess.Public);
        routes.Post("/groups", Create);
        routes.Get("/groups/{id}", Get, GitLabAccess.Public);
        routes.Put("/groups/{id}", Update);
        routes.Delete("/groups/{id}", Delete);
        routes.Get("/groups/{id}/subgroups", request => ListBelow(request, deep: false), GitLabAccess.Public);
        routes.Get("/groups/{id}/descendant_groups", request => ListBelow(request, deep: true), GitLabAccess.Public);
        routes.Get("/groups/{id}/projects", Projects, GitLabAccess.Public);
    }

    private async Task<Answer> ListBelow(GitLabRequest request, bool deep) =>
        (await Find(request)).Succeeded(out var group, out var refusal)
            ? await List(request, deep
                ? new GroupFilter { AncestorId = group.Resource.Id }
                : new GroupFilter { ParentId = group.Resource.Id })
            : Answer.Refused(refusal);

    private async Task<Answer> List(GitLabRequest request, GroupFilter? within)
    {
        var parameters = request.Parameters;
        var page = PageRequest.Read(parameters);
        var part = ListingRequest.Part(
            parameters, page, descending: false, ("name", "lower(n.name)"), ("path", "lower(n.path)"), ("id", "n.id"), ("similarity", "lower(n.name)"));
        var owned = parameters.Boolean("owned") == true;
        var least = ListingRequest.Level(parameters, "min_access_level");
        var nothing = ListingRequest.AsksForNothing(parameters);
        var filter = (within ?? new GroupFilter()) with
        {
            Search = parameters.Text("search"),
            LeastLevel = owned ? AccessLevel.Owner : least,
            OnlyOwn = parameters.Boolean("all_available") == false && request.CallerOrNobody is not null,
            TopLevelOnly = parameters.Boolean("top_level_only") == true,
            Visibility = ListingRequest.Visibility(parameters),
            Skipped = ListingRequest.Ids(parameters, "skip_groups"),
        };
        if (parameters.Problems is not null)
            return Answer.BadParameters(parameters);
        if (nothing)
            return page.Answer(request, [], 0, GitLabJson.Default.ListGroupJson);
        var groups = await list.Handle(request.CallerOrNobody, filter, part, request.Now);
        return page.Answer(request, groups.Rows.ConvertAll(one => new GroupJson(one, request.PublicUrl)), groups.Total, GitLabJson.Default.ListGroupJson);
    }

    private async Task<Answer> Get(GitLabRequest request)
    {
        var withProjects = request.Parameters.Boolean("with_projects") ?? true;
        if (request.Parameters.Problems is not null)
            return Answer.BadParameters(request.Parameters);
        if (!(await Find(request)).Succeeded(out var group, out var refusal))
            return Answer.Refused(refusal);
        if (!withProjects)
            return Answer.Ok(new GroupDetailJson(group.Group!, request.PublicUrl), GitLabJson.Default.GroupDetailJson);
        var projects = await listProjects.Handle(
            request.CallerOrNobody, new ProjectFilter { GroupId = group.Resource.Id }, new ListingPart("p.created_at", Descending: true, 0, MostProjectsOfGroup), request.Now);
        return Answer.Ok(
            new GroupWithProjectsJson(group.Group!, request.PublicUrl, projects.Rows.ConvertAll(one => new ProjectJson(one.Project, request.PublicUrl))),
            GitLabJson.Default.GroupWithProjectsJson);
    }

    private async Task<Answer> Projects(GitLabRequest request) =>
        (await Find(request)).Succeeded(out var group, out var refusal)
            ? await ProjectsApi.List(
                listProjects, request,
                new ProjectFilter { GroupId = group.Resource.Id, IncludeSubgroups = request.Parameters.Boolean("include_subgroups") == true })
            : Answer.Refused(refusal);

    private async Task<Answer> Create(GitLabRequest request)
    {
        var parameters = request.Parameters;
        var name = parameters.RequiredText("name");
        var path = parameters.RequiredText("path");
        var parentId = parameters.Integer("parent_id");
        var visibility = ListingRequest.Visibility(parameters) ?? Visibility.Private;
        var description = parameters.Text("description") ?? "";
        if (parameters.Problems is not null)
            return Answer.BadParameters(parameters);
        VisibleResource? parent = null;
        if (parentId is { } id && !(await find.Handle(request.Caller, isGroup: true, id.ToString(), request.Now)).Succeeded(out parent, out var missing))
            return Answer.Refused(missing);
        return (await create.Handle(request.Caller, parent, name, path, description, visibility, request.Now)).Succeeded(out var group, out var refusal)
            ? Answer.Created(new GroupDetailJson(group, request.PublicUrl), GitLabJson.Default.GroupDetailJson)
            : refusal is Refusal.Invalid invalid
                ? Answer.Message(StatusCodes.Status400BadRequest, $"Failed to save group {{:{invalid.Field}=>[\"{invalid.Why}\"]}}")
                : Answer.Refused(refusal);
    }

    private async Task<Answer> Update(GitLabRequest request)
    {
        var parameters = request.Parameters;
        var change = new GroupChange(parameters.Text("name"), parameters.Text("path"), parameters.Text("description"), ListingRequest.Visibility(parameters));
        if (parameters.Problems is not null)
            return Answer.BadParameters(parameters);
        if (!(await Find(request)).Succeeded(out var group, out var missing))
            return Answer.Refused(missing);
        return (await update.Handle(request.Caller, group, change, request.Now)).Succeeded(out var changed, out var refusal)
            ? Answer.Ok(new GroupDetailJson(changed, request.PublicUrl), GitLabJson.Default.GroupDetailJson)
            : Answer.RefusedModel(refusal);
    }

    private async Task<Answer> Delete(GitLabRequest request)
    {
        if (!(await Find(request)).Succeeded(out var group, out var missing))
            return Answer.Refused(missing);
        return (await delete.Handle(request.Caller, group, request.Now)).Refusal is { } refusal ? Answer.Refused(refusal) : Answer.Accepted();
    }

    private Task<Result<VisibleResource>> Find(GitLabRequest request) =>
        find.Handle(request.CallerOrNobody, isGroup: true, request.Parameters.RequiredText("id"), request.Now);
}
