using Patrol.Server.Groups;

namespace Patrol.Server.Wire.GitLab;

/// <summary>GitLab's namespaces API: where clients look up the id that a new project wants.</summary>
internal sealed class NamespacesApi(ListNamespaces list)
{
    public void Map(GitLabRoutes routes)
    {
        routes.Get("/namespaces", List);
        routes.Get("/namespaces/{id}", Get);
        routes.Get("/namespaces/{id}/exists", Exists);
    }

    private async Task<Answer> List(GitLabRequest request)
    {
        var parameters = request.Parameters;
        var page = PageRequest.Read(parameters);
        var filter = new NamespaceFilter(
            parameters.Text("search"), parameters.Boolean("full_path_search") == true, parameters.Boolean("owned_only") == true, parameters.Boolean("top_level_only") == true);
        if (parameters.Problems is not null)
            return Answer.BadParameters(parameters);
        var namespaces = await list.Handle(request.Caller, filter, page.Offset, page.PerPage, request.Now);
        return page.Answer(
            request, namespaces.Rows.ConvertAll(one => new NamespaceDetailJson(one, request.PublicUrl)), namespaces.Total, GitLabJson.Default.ListNamespaceDetailJson);
    }

    private async Task<Answer> Get(GitLabRequest request) =>
        (await list.Find(request.Caller, request.Parameters.RequiredText("id"), request.Now)).Succeeded(out var found, out var refusal)
            ? Answer.Ok(new NamespaceDetailJson(found, request.PublicUrl), GitLabJson.Default.NamespaceDetailJson)
            : Answer.Refused(refusal);

    private async Task<Answer> Exists(GitLabRequest request)
    {
        var parameters = request.Parameters;
        var (path, parentId) = (parameters.RequiredText("id"), parameters.Integer("parent_id"));
        return parameters.Problems is null
            ? Answer.Ok(new NamespaceExistsJson(await list.Exists(path, parentId), []), GitLabJson.Default.NamespaceExistsJson)
            : Answer.BadParameters(parameters);
    }
}
