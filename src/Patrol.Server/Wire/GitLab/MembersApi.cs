using Patrol.Core.Directory;
using Patrol.Core.Lifetimes;
using Patrol.Core.Results;
using Patrol.Server.Members;
using Patrol.Server.Users;

namespace Patrol.Server.Wire.GitLab;

/// <summary>GitLab's members API, which is the same for groups and projects.</summary>
internal sealed class MembersApi(
    FindResource find, ListMembers list, ListMemberships listMemberships, ReadUser readUser, AddMember add, ChangeMember change, RemoveMember remove)
{
    public void Map(GitLabRoutes routes)
    {
        foreach (var isGroup in (ReadOnlySpan<bool>)[true, false])
        {
            GitLabHandler On(Func<GitLabRequest, VisibleResource, Task<Answer>> handle) => request => Within(request, isGroup, handle);
            var root = isGroup ? "/groups/{id}/members" : "/projects/{id}/members";
            routes.Get(root, On((request, resource) => List(request, resource, inherited: false)));
            routes.Get(root + "/all", On((request, resource) => List(request, resource, inherited: true)));
            routes.Get(root + "/{user_id}", On((request, resource) => Get(request, resource, inherited: false)));
            routes.Get(root + "/all/{user_id}", On((request, resource) => Get(request, resource, inherited: true)));
            routes.Post(root, On(Add));
            routes.Put(root + "/{user_id}", On(Change));
            routes.Delete(root + "/{user_id}", On(Remove));
        }
        routes.Get("/users/{user_id}/memberships", OfUser, GitLabAccess.Users);
    }

    private async Task<Answer> Within(GitLabRequest request, bool isGroup, Func<GitLabRequest, VisibleResource, Task<Answer>> handle) =>
        (await find.Handle(request.Caller, isGroup, request.Parameters.RequiredText("id"), request.Now)).Succeeded(out var resource, out var refusal)
            ? await handle(request, resource)
            : Answer.Refused(refusal);

    private async Task<Answer> List(GitLabRequest request, VisibleResource resource, bool inherited)
    {
        var parameters = request.Parameters;
        var page = PageRequest.Read(parameters);
        var filter = new MemberFilter(
            inherited, parameters.Text("query"), ListingRequest.Ids(parameters, "user_ids"), ListingRequest.Ids(parameters, "skip_users"));
        if (parameters.Problems is not null)
            return Answer.BadParameters(parameters);
        var members = await list.Handle(resource.Resource, filter, page.Offset, page.PerPage, request.Now);
        return page.Answer(request, members.Rows.ConvertAll(one => Render(request, one)), members.Total, GitLabJson.Default.ListMemberJson);
    }

    private async Task<Answer> Get(GitLabRequest request, VisibleResource resource, bool inherited)
    {
        var userId = request.Parameters.RequiredInteger("user_id");
        if (request.Parameters.Problems is not null)
            return Answer.BadParameters(request.Parameters);
        return (await list.Find(resource.Resource, userId, inherited, request.Now)).Succeeded(out var member, out var refusal)
            ? Answer.Ok(Render(request, member), GitLabJson.Default.MemberJson)
            : Refused(refusal);
    }

    private async Task<Answer> Add(GitLabRequest request, VisibleResource resource)
    {
        var parameters = request.Parameters;
        var level = RequiredLevel(parameters);
        var (hasId, hasName) = (parameters.Has("user_id"), parameters.Has("username"));
        if (!hasId && !hasName)
            parameters.Problem("user_id, username", "are missing, exactly one parameter must be provided");
        else if (hasId && hasName)
            parameters.Problem("user_id, username", "are mutually exclusive");
        UserRef[] users = hasId
            ? [.. ListingRequest.Ids(parameters, "user_id").Select(id => new UserRef(id, id.ToString()))]
            : [.. (parameters.Texts("username", acceptsCommas: true) ?? []).Select(name => new UserRef(null, name))];
        var expiresAt = Expiry(parameters);
        if (parameters.Problems is not null)
            return Answer.BadParameters(parameters);
        if (users is not [var single])
            return await AddSeveral(request, resource, users, level, expiresAt);
        return (await add.Handle(request.Caller, resource, single, level, expiresAt, request.Now)).Succeeded(out var member, out var refusal)
            ? Answer.Created(Render(request, member), GitLabJson.Default.MemberJson)
            : Refused(refusal);
    }

    private async Task<Answer> AddSeveral(GitLabRequest request, VisibleResource resource, UserRef[] users, AccessLevel level, DateTimeOffset? expiresAt)
    {
        var failed = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var user in users)
        {
            switch ((await add.Handle(request.Caller, resource, user, level, expiresAt, request.Now)).Refusal)
            {
                case Refusal.Forbidden:
                    return Answer.Forbidden();
                case Refusal.Conflict conflict:
                    failed[user.Username] = conflict.Why;
                    break;
                case Refusal.Invalid invalid:
                    failed[user.Username] = Answer.Sentence(invalid);
                    break;
                case Refusal.NotFound:
                    failed[user.Username] = "404 User Not Found";
                    break;
            }
        }
        return Answer.Created(
            users.Length > 0 && failed.Count == 0 ? new MembersAddedJson("success", null) : new MembersAddedJson("error", failed), GitLabJson.Default.MembersAddedJson);
    }

    private async Task<Answer> Change(GitLabRequest request, VisibleResource resource)
    {
        var parameters = request.Parameters;
        var userId = parameters.RequiredInteger("user_id");
        var level = RequiredLevel(parameters);
        var expiresAt = Expiry(parameters);
        if (parameters.Problems is not null)
            return Answer.BadParameters(parameters);
        var changed = await change.Handle(request.Caller, resource, userId, level, parameters.Has("expires_at"), expiresAt, request.Now);
        return changed.Succeeded(out var member, out var refusal)
            ? Answer.Ok(Render(request, member), GitLabJson.Default.MemberJson)
            : Refused(refusal);
    }

    private async Task<Answer> Remove(GitLabRequest request, VisibleResource resource)
    {
        var userId = request.Parameters.RequiredInteger("user_id");
        var keepBelow = request.Parameters.Boolean("skip_subresources") == true;
        if (request.Parameters.Problems is not null)
            return Answer.BadParameters(request.Parameters);
        return (await remove.Handle(request.Caller, resource, userId, keepBelow, request.Now)).Refusal is { } refusal ? Refused(refusal) : Answer.NoContent;
    }

    private async Task<Answer> OfUser(GitLabRequest request)
    {
        var parameters = request.Parameters;
        if (!request.Caller.IsAdmin)
            return Answer.Forbidden();
        var page = PageRequest.Read(parameters);
        var userId = parameters.RequiredInteger("user_id");
        bool? ofGroups = parameters.OneOf("type", "Project", "Namespace") switch { "Namespace" => true, "Project" => false, _ => null };
        if (parameters.Problems is not null)
            return Answer.BadParameters(parameters);
        if (await readUser.Handle(userId) is null)
            return Answer.NotFound("User");
        var memberships = await listMemberships.Handle(userId, ofGroups, page.Offset, page.PerPage, request.Now);
        return page.Answer(request, memberships.Rows.ConvertAll(one => new MembershipJson(one)), memberships.Total, GitLabJson.Default.ListMembershipJson);
    }

    private static AccessLevel RequiredLevel(Parameters parameters)
    {
        if (!parameters.Present("access_level"))
            return AccessLevel.None;
        if (parameters.Text("access_level") is null or "")
            parameters.Problem("access_level", "does not have a valid value");
        return ListingRequest.Level(parameters, "access_level") ?? AccessLevel.None;
    }

    private static DateTimeOffset? Expiry(Parameters parameters) => parameters.Date("expires_at") is { } day ? UtcDay.Start(day) : null;

    // A membership is looked up with a raising find, whose words have a small f.
    private static Answer Refused(Refusal refusal) => refusal is Refusal.NotFound { What: "Member" }
        ? Answer.Message(StatusCodes.Status404NotFound, "404 Not found")
        : Answer.RefusedModel(refusal);

    private static MemberJson Render(GitLabRequest request, Member member) => new(member, request.Caller.IsAdmin, request.PublicUrl);
}
