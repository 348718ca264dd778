using Patrol.Core.Results;
using Patrol.Server.Users;

namespace Patrol.Server.Wire.GitLab;

/// <summary>GitLab's users API, as far as people and bots are there to have tokens.</summary>
internal sealed class UsersApi(ReadUser read, ListUsers list, CreateUser create, UpdateUser update, BlockUser block, DeleteUser delete)
{
    public void Map(GitLabRoutes routes)
    {
        routes.Get("/user", Current, GitLabAccess.Users);
        routes.Get("/users", List, GitLabAccess.Users);
        routes.Post("/users", Create, GitLabAccess.Users);
        routes.Get("/users/{id}", OfNumber(Get), GitLabAccess.Users);
        routes.Put("/users/{id}", OfNumber(Update), GitLabAccess.Users);
        routes.Delete("/users/{id}", OfNumber(Delete), GitLabAccess.Users);
        routes.Post("/users/{id}/block", OfNumber(request => Block(request, blocked: true)), GitLabAccess.Users);
        routes.Post("/users/{id}/unblock", OfNumber(request => Block(request, blocked: false)), GitLabAccess.Users);
    }

    // GitLab's route takes digits alone: a client that tries a name first is to learn that there is none, not that it asked wrongly.
    private static GitLabHandler OfNumber(GitLabHandler handler) => request =>
        request.Parameters.RequiredText("id").All(char.IsAsciiDigit) ? handler(request) : Task.FromResult(Answer.Error(StatusCodes.Status404NotFound, "404 Not Found"));

    private async Task<Answer> Current(GitLabRequest request)
    {
        var profile = await read.Handle(request.Caller.User.Id);
        return profile is null ? Answer.Unauthorized
            : request.Caller.IsAdmin ? Answer.Ok(new UserAdminJson(profile, request.PublicUrl), GitLabJson.Default.UserAdminJson)
            : Answer.Ok(new UserPrivateJson(profile, request.PublicUrl), GitLabJson.Default.UserPrivateJson);
    }

    private async Task<Answer> List(GitLabRequest request)
    {
        var parameters = request.Parameters;
        var admin = request.Caller.IsAdmin;
        var page = PageRequest.Read(parameters);
        var part = ListingRequest.Part(
            parameters, page, descending: true, ("id", "u.id"), ("name", "lower(u.name)"), ("username", "u.username_key"), ("created_at", "u.created_at"), ("updated_at", "u.updated_at"));
        var filter = UserListQuery.Read(request);
        if (parameters.Problems is not null)
            return Answer.BadParameters(parameters);
        if (!admin && parameters.Text("extern_uid") is { Length: > 0 } && parameters.Text("provider") is { Length: > 0 })
            return Answer.Forbidden();
        var users = await list.Handle(filter, admin ? part : part with { Order = "u.id", Descending = true });
        return admin
            ? page.Answer(request, users.Rows.ConvertAll(one => new UserAdminJson(one, request.PublicUrl)), users.Total, GitLabJson.Default.ListUserAdminJson)
            : page.Answer(request, users.Rows.ConvertAll(one => new UserBasicJson(one.User, request.PublicUrl)), users.Total, GitLabJson.Default.ListUserBasicJson);
    }

    private async Task<Answer> Get(GitLabRequest request)
    {
        var id = request.Parameters.RequiredInteger("id");
        if (request.Parameters.Problems is not null)
            return Answer.BadParameters(request.Parameters);
        var profile = await read.Handle(id);
        return profile is null ? Answer.NotFound("User")
            : request.Caller.IsAdmin ? Answer.Ok(new UserAdminJson(profile, request.PublicUrl), GitLabJson.Default.UserAdminJson)
            : Answer.Ok(new UserJson(profile.User, request.PublicUrl, showsPrivate: request.Caller.Is(id)), GitLabJson.Default.UserJson);
    }

    private async Task<Answer> Create(GitLabRequest request)
    {
        // GitLab asks who is calling before it looks at what is asked for.
        if (!request.Caller.IsAdmin)
            return Answer.Forbidden();
        var parameters = request.Parameters;
        var email = parameters.RequiredText("email");
        var password = parameters.Text("password");
        var made = parameters.Boolean("reset_password") == true | parameters.Boolean("force_random_password") == true;
        if (!parameters.Has("password") && !parameters.Has("reset_password") && !parameters.Has("force_random_password"))
            parameters.Problem("password, reset_password, force_random_password", "are missing, at least one parameter must be provided");
        UserListQuery.Identity(parameters);
        var external = parameters.Boolean("external") ?? false;
        var user = new User
        {
            Email = email,
            Name = parameters.RequiredText("name"),
            Username = parameters.RequiredText("username"),
            IsAdmin = parameters.Boolean("admin") ?? false,
            IsExternal = external,
            CanCreateGroup = parameters.Boolean("can_create_group") ?? !external,
            PrivateProfile = parameters.Boolean("private_profile") ?? false,
            Note = parameters.Text("note"),
            PreferredLanguage = parameters.Text("preferred_language") is { Length: > 0 } language ? language : "en",
        };
        if (parameters.Problems is not null)
            return Answer.BadParameters(parameters);
        // A password that is to be made is made by whoever resets it: until then there is none.
        if (made)
            password = null;
        else if (string.IsNullOrEmpty(password))
            return Answer.InvalidModel(new Refusal.Invalid("password", "can't be blank"));
        return (await create.Handle(request.Caller, user, password, request.Now)).Succeeded(out var profile, out var refusal)
            ? Answer.Created(new UserAdminJson(profile, request.PublicUrl), GitLabJson.Default.UserAdminJson)
            : Answer.RefusedModel(refusal);
    }

    private async Task<Answer> Update(GitLabRequest request)
    {
        if (!request.Caller.IsAdmin)
            return Answer.Forbidden();
        var parameters = request.Parameters;
        var id = parameters.RequiredInteger("id");
        var change = new UserChange
        {
            Username = parameters.Text("username"),
            Name = parameters.Text("name"),
            Email = parameters.Text("email"),
            Password = parameters.Text("password") is { Length: > 0 } password ? password : null,
            IsAdmin = parameters.Boolean("admin"),
            IsExternal = parameters.Boolean("external"),
            CanCreateGroup = parameters.Boolean("can_create_group"),
            PrivateProfile = parameters.Boolean("private_profile"),
            Note = parameters.Text("note"),
            PreferredLanguage = parameters.Text("preferred_language"),
        };
        UserListQuery.Identity(parameters);
        if (parameters.Problems is not null)
            return Answer.BadParameters(parameters);
        return (await update.Handle(request.Caller, id, change, request.Now)).Succeeded(out var profile, out var refusal)
            ? Answer.Ok(new UserAdminJson(profile, request.PublicUrl), GitLabJson.Default.UserAdminJson)
            : Answer.RefusedModel(refusal);
    }

    private async Task<Answer> Block(GitLabRequest request, bool blocked)
    {
        if (!request.Caller.IsAdmin)
            return Answer.Forbidden();
        var id = request.Parameters.RequiredInteger("id");
        if (request.Parameters.Problems is not null)
            return Answer.BadParameters(request.Parameters);
        var done = await block.Handle(request.Caller, id, blocked, request.Now);
        if (!done.Succeeded(out var changed, out var refusal))
            return Answer.Refused(refusal);
        // Where there was nothing to do, GitLab answers null to one and false to the other.
        return Answer.CreatedWord(changed ? true : blocked ? null : false);
    }

    private async Task<Answer> Delete(GitLabRequest request)
    {
        if (!request.Caller.IsAdmin)
            return Answer.Forbidden();
        var id = request.Parameters.RequiredInteger("id");
        var withGroups = request.Parameters.Boolean("hard_delete") ?? false;
        if (request.Parameters.Problems is not null)
            return Answer.BadParameters(request.Parameters);
        return (await delete.Handle(request.Caller, id, withGroups, request.Now)).Refusal is { } refusal ? Answer.Refused(refusal) : Answer.NoContent;
    }
}
