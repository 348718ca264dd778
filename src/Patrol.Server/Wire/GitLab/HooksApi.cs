using Patrol.Core.Directory;
using Patrol.Core.Results;
using Patrol.Core.Tokens;
using Patrol.Server.Members;
using Patrol.Server.Storage;
using Patrol.Server.Webhooks;

namespace Patrol.Server.Wire.GitLab;

/// <summary>
/// GitLab's webhooks API, of projects (<c>/projects/:id/hooks</c>), groups (<c>/groups/:id/hooks</c>) and the instance
/// (<c>/hooks</c>). The one event that there is here is that of tokens about to end.
/// </summary>
internal sealed class HooksApi(FindResource findResource, FindWebhooks find, SaveWebhook save, DeleteWebhook delete)
{
    public void Map(GitLabRoutes routes)
    {
        Map(routes, "/hooks", InInstance);
        Map(routes, "/projects/{id}/hooks", (request, handler) => In(request, isGroup: false, handler));
        Map(routes, "/groups/{id}/hooks", (request, handler) => In(request, isGroup: true, handler));
    }

    private void Map(GitLabRoutes routes, string path, Func<GitLabRequest, Func<GitLabRequest, ResourceRef?, Task<Answer>>, Task<Answer>> within)
    {
        routes.Get(path, request => within(request, List));
        routes.Post(path, request => within(request, Create));
        routes.Get(path + "/{hook_id}", request => within(request, Get));
        routes.Put(path + "/{hook_id}", request => within(request, Change));
        routes.Delete(path + "/{hook_id}", request => within(request, Delete));
    }

    private static Task<Answer> InInstance(GitLabRequest request, Func<GitLabRequest, ResourceRef?, Task<Answer>> handler) =>
        request.Caller.IsAdmin ? handler(request, null) : Task.FromResult(Answer.Forbidden());

    private async Task<Answer> In(GitLabRequest request, bool isGroup, Func<GitLabRequest, ResourceRef?, Task<Answer>> handler)
    {
        var found = await findResource.Handle(request.Caller, isGroup, request.Parameters.RequiredText("id"), request.Now);
        if (!found.Succeeded(out var resource, out var refusal))
            return Answer.Refused(refusal);
        return resource.Level < AccessRules.Changes(isGroup) ? Answer.Forbidden() : await handler(request, resource.Resource);
    }

    private async Task<Answer> List(GitLabRequest request, ResourceRef? resource)
    {
        var page = PageRequest.Read(request.Parameters);
        if (request.Parameters.Problems is not null)
            return Answer.BadParameters(request.Parameters);
        var hooks = await find.Handle(resource, new ListingPart("h.id", Descending: false, page.Offset, page.PerPage));
        return page.Answer(request, hooks.Rows.ConvertAll(hook => new HookJson(hook)), hooks.Total, GitLabJson.Default.ListHookJson);
    }

    private Task<Answer> Get(GitLabRequest request, ResourceRef? resource) =>
        WithHook(request, resource, hook => Task.FromResult(Answer.Ok(new HookJson(hook), GitLabJson.Default.HookJson)));

    private async Task<Answer> Create(GitLabRequest request, ResourceRef? resource)
    {
        request.Parameters.RequiredText("url");
        var change = Read(request.Parameters);
        if (request.Parameters.Problems is not null)
            return Answer.BadParameters(request.Parameters);
        return (await save.Create(request.Caller, resource, change, request.Now)).Succeeded(out var hook, out var refusal)
            ? Answer.Created(new HookJson(hook), GitLabJson.Default.HookJson)
            : Refused(refusal);
    }

    private Task<Answer> Change(GitLabRequest request, ResourceRef? resource) => WithHook(request, resource, async hook =>
    {
        var change = Read(request.Parameters);
        if (request.Parameters.Problems is not null)
            return Answer.BadParameters(request.Parameters);
        return (await save.Change(request.Caller, hook.Id, change, request.Now)).Succeeded(out var changed, out var refusal)
            ? Answer.Ok(new HookJson(changed), GitLabJson.Default.HookJson)
            : Refused(refusal);
    });

    private Task<Answer> Delete(GitLabRequest request, ResourceRef? resource) => WithHook(request, resource, async hook =>
    {
        await delete.Handle(request.Caller, hook, request.Now);
        return Answer.NoContent;
    });

    private async Task<Answer> WithHook(GitLabRequest request, ResourceRef? resource, Func<Webhook, Task<Answer>> handler)
    {
        var id = request.Parameters.RequiredInteger("hook_id");
        if (request.Parameters.Problems is not null)
            return Answer.BadParameters(request.Parameters);
        return await find.One(resource, id) is { } hook ? await handler(hook) : Answer.NotFound();
    }

    private static WebhookChange Read(Parameters parameters) => new()
    {
        Url = parameters.Text("url"),
        Name = parameters.Text("name"),
        Description = parameters.Text("description"),
        TokenEvents = parameters.Boolean("resource_access_token_events"),
        VerifyTls = parameters.Boolean("enable_ssl_verification"),
        Secret = parameters.Text("token") is { } token ? new Secret(token) : null,
        SigningToken = parameters.Text("signing_token") is { } signing ? new Secret(signing) : null,
    };

    // As in GitLab, an address that will not do is 422; why is more than GitLab says.
    private static Answer Refused(Refusal refusal) => refusal is Refusal.Invalid { Field: "url", Why: var why }
        ? Answer.Error(StatusCodes.Status422UnprocessableEntity, $"Invalid url given: it {why}")
        : Answer.RefusedModel(refusal);
}
