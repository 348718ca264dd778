using Patrol.Core.Directory;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Members;
using Patrol.Server.Storage;
using Patrol.Server.Tokens;
using Patrol.Server.Users;

namespace Patrol.Server.Wire.GitLab;

/// <summary>Access tokens of projects and groups: <c>/projects/:id/access_tokens</c> and <c>/groups/:id/access_tokens</c>.</summary>
internal sealed class ResourceTokensApi(
    FindResource findResource, FindTokens find, CreateResourceToken create, RotateToken rotate, RevokeToken revoke, Database database)
{
    private static readonly TokenKind[] Kinds = [TokenKind.Project, TokenKind.Group];

    public void Map(GitLabRoutes routes)
    {
        Map(routes, "/projects/{id}/access_tokens", isGroup: false);
        Map(routes, "/groups/{id}/access_tokens", isGroup: true);
    }

    private void Map(GitLabRoutes routes, string path, bool isGroup)
    {
        routes.Get(path, request => In(request, isGroup, List));
        routes.Post(path, request => In(request, isGroup, Create));
        // A bot that rotates itself needs to be told that it is one before it is told what it may see.
        routes.Post($"{path}/self/rotate", request => IsOwnToken(request)
            ? In(request, isGroup, RotateSelf)
            : Task.FromResult(Answer.Message(StatusCodes.Status405MethodNotAllowed, "405 Method Not Allowed")), GitLabAccess.SelfRotation);
        routes.Get($"{path}/{{token_id}}", request => In(request, isGroup, Get));
        routes.Delete($"{path}/{{token_id}}", request => In(request, isGroup, Revoke));
        routes.Post($"{path}/{{token_id}}/rotate", request => In(request, isGroup, Rotate));
    }

    private async Task<Answer> In(GitLabRequest request, bool isGroup, Func<GitLabRequest, VisibleResource, Task<Answer>> handler)
    {
        var found = await findResource.Handle(request.Caller, isGroup, request.Parameters.RequiredText("id"), request.Now);
        return found.Succeeded(out var resource, out var refusal) ? await handler(request, resource) : Answer.Refused(refusal);
    }

    private async Task<Answer> List(GitLabRequest request, VisibleResource resource)
    {
        if (!Manages(resource))
            return Answer.Unauthorized;
        var query = TokenListQuery.Read(request.Parameters);
        if (request.Parameters.Problems is not null)
            return Answer.BadParameters(request.Parameters);
        var bots = await database.Read(connection => UserSql.BotsOf(connection, resource.Resource));
        var filter = query.Filter with { Owners = bots, Kinds = Kinds };
        var page = await find.Handle(filter, query.Order, query.Descending, query.Page.Offset, query.Page.PerPage, request.Now);
        return query.Page.Answer(
            request, page.Tokens.ConvertAll(token => new ResourceTokenJson(token, token.Bot!, request.Now)), page.Total,
            GitLabTokenJson.Default.ListResourceTokenJson);
    }

    private async Task<Answer> Get(GitLabRequest request, VisibleResource resource)
    {
        if (!Manages(resource))
            return Answer.Unauthorized;
        return await FindOne(request, resource) is { } token
            ? Answer.Ok(new ResourceTokenJson(token, token.Bot!, request.Now), GitLabTokenJson.Default.ResourceTokenJson)
            : Missing(resource);
    }

    private async Task<Answer> Create(GitLabRequest request, VisibleResource resource)
    {
        var parameters = request.Parameters;
        var name = parameters.RequiredText("name");
        var scopes = PersonalTokensApi.ReadScopes(
            parameters, scope => ScopeCatalog.MayHold(scope, isAdministrator: false, isBot: true), acceptsCommas: false);
        var level = parameters.Integer("access_level") ?? (long)AccessLevel.Maintainer;
        if (parameters.Problems is null && !AccessRules.IsAssignable((int)Math.Clamp(level, 0, int.MaxValue)))
            parameters.Problem("access_level", "does not have a valid value");
        var order = new ResourceTokenOrder(
            name, parameters.Text("description"), scopes, parameters.Date("expires_at"), (AccessLevel)level, new Uri(request.PublicUrl).Host);
        if (parameters.Problems is not null)
            return Answer.BadParameters(parameters);
        var created = await create.Handle(request.Caller, resource, order, request.Now);
        return created.Succeeded(out var issued, out var refusal)
            ? Answer.Created(new ResourceTokenJson(issued.Token, issued.Token.Bot!, request.Now, issued.Text), GitLabTokenJson.Default.ResourceTokenJson)
            : Answer.Refused(refusal);
    }

    private async Task<Answer> Rotate(GitLabRequest request, VisibleResource resource) =>
        await FindOne(request, resource) is { } token && Manages(resource)
            ? await Rotate(request, token, resource.Level)
            : request.Caller.IsAdmin ? Missing(resource) : Answer.Unauthorized;

    private async Task<Answer> RotateSelf(GitLabRequest request, VisibleResource resource)
    {
        var token = request.Caller.Token.Token;
        return Belongs(token, resource) ? await Rotate(request, token, AccessLevel.Owner) : Answer.Unauthorized;
    }

    private async Task<Answer> Rotate(GitLabRequest request, Token token, AccessLevel callerLevel)
    {
        var asked = request.Parameters.Date("expires_at");
        if (request.Parameters.Problems is not null)
            return Answer.BadParameters(request.Parameters);
        var rotated = await rotate.Handle(request.Caller, token, callerLevel, asked, request.Now);
        return rotated.Succeeded(out var issued, out var refusal)
            ? Answer.Ok(new ResourceTokenJson(issued.Token, token.Bot!, request.Now, issued.Text), GitLabTokenJson.Default.ResourceTokenJson)
            : Answer.Refused(refusal);
    }

    private async Task<Answer> Revoke(GitLabRequest request, VisibleResource resource)
    {
        if (await FindOne(request, resource) is not { } token)
            return Missing(resource);
        if (!Manages(resource))
        {
            var bot = await database.Read(connection => UserSql.Find(connection, token.UserId));
            return Answer.BadRequest($"{request.Caller.User.Name} cannot delete {bot?.Name}");
        }
        if (token.Bot!.AccessLevel is null)
            return Answer.BadRequest("Failed to find bot user");
        await revoke.Handle(request.Caller, token, request.Now);
        return Answer.NoContent;
    }

    private async Task<Token?> FindOne(GitLabRequest request, VisibleResource resource) =>
        long.TryParse(request.Parameters.Text("token_id"), out var id) && await find.One(id) is { } token && Belongs(token, resource) ? token : null;

    private static bool Belongs(Token token, VisibleResource resource) =>
        token.Bot is { } place && new ResourceRef(place.IsGroup, place.ResourceId) == resource.Resource;

    private static bool IsOwnToken(GitLabRequest request) => request.Caller.Token.Owner.IsBot;

    private static bool Manages(VisibleResource resource) => resource.Level >= AccessRules.ManagesTokens(resource.Resource.IsGroup);

    private static Answer Missing(VisibleResource resource) => Answer.NotFound($"{(resource.Resource.IsGroup ? "group" : "project")} Access Token");
}
