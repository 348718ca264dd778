using Patrol.Core.Directory;
using Patrol.Core.Results;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Members;
using Patrol.Server.Storage;
using Patrol.Server.Tokens;
using Patrol.Server.Users;

namespace Patrol.Server.Wire.GitLab;

/// <summary>Personal access tokens: <c>/personal_access_tokens</c>, and their creation below <c>/user</c> and <c>/users</c>.</summary>
internal sealed class PersonalTokensApi(
    FindTokens find, CreatePersonalToken create, RotateToken rotate, RevokeToken revoke, ListAssociations associations, Database database)
{
    private static readonly TokenKind[] ShownToOwners = [TokenKind.Personal, TokenKind.Project, TokenKind.Group];
    private static readonly Scope[] SelfMade = [ScopeCatalog.K8sProxy, ScopeCatalog.SelfRotate];

    public void Map(GitLabRoutes routes)
    {
        routes.Get("/personal_access_tokens", List);
        routes.Get("/personal_access_tokens/self", Self, GitLabAccess.AnyToken);
        routes.Get("/personal_access_tokens/self/associations", Associations, GitLabAccess.AnyToken);
        routes.Delete("/personal_access_tokens/self", RevokeSelf, GitLabAccess.AnyToken);
        routes.Post("/personal_access_tokens/self/rotate", RotateSelf, GitLabAccess.SelfRotation);
        routes.Get("/personal_access_tokens/{id}", Get);
        routes.Delete("/personal_access_tokens/{id}", Revoke);
        routes.Post("/personal_access_tokens/{id}/rotate", Rotate);
        // Parts of the users API, which tells insufficient tokens of its scope, too.
        routes.Post("/user/personal_access_tokens", CreateForSelf, GitLabAccess.Users);
        routes.Post("/users/{user_id}/personal_access_tokens", CreateForUser, GitLabAccess.Users);
    }

    /// <summary>
    /// The scopes asked for. One that is unknown or not allowed is a problem of the parameters; an empty list is left to the model to
    /// refuse.
    /// </summary>
    public static ScopeSet ReadScopes(Parameters parameters, Func<Scope, bool> allowed, bool acceptsCommas)
    {
        var names = parameters.RequiredTexts("scopes", acceptsCommas);
        if (names.Length == 0)
            return ScopeSet.None;
        if (names.All(name => ScopeCatalog.Find(name) is { } scope && allowed(scope)))
            return ScopeSet.Parse(names).Value;
        parameters.Problem("scopes", "does not have a valid value");
        return ScopeSet.None;
    }

    private async Task<Answer> List(GitLabRequest request)
    {
        var parameters = request.Parameters;
        var caller = request.Caller;
        var owner = parameters.Integer("user_id");
        // Before anything else, as in GitLab: to name somebody else is not for everybody, however it is written.
        if (!caller.IsAdmin && (owner is null ? parameters.Problems is not null : !caller.Is(owner.Value)))
            return Answer.Unauthorized;
        var query = TokenListQuery.Read(parameters);
        if (parameters.Problems is not null)
            return Answer.BadParameters(parameters);
        var filter = query.Filter;
        if (!caller.IsAdmin)
        {
            filter = filter with { Owners = new HashSet<long> { caller.User.Id }, Kinds = ShownToOwners };
        }
        else if (parameters.Has("user_id"))
        {
            if (owner is null || await database.Read(connection => UserSql.Find(connection, owner.Value)) is null)
                return Answer.NotFound();
            filter = filter with { Owners = new HashSet<long> { owner.Value } };
        }
        var page = await find.Handle(filter, query.Order, query.Descending, query.Page.Offset, query.Page.PerPage, request.Now, PageRequest.MostCounted + 1);
        return query.Page.Answer(
            request, page.Tokens.ConvertAll(token => new TokenJson(token, request.Now)), page.Total, GitLabTokenJson.Default.ListTokenJson);
    }

    private async Task<Answer> Get(GitLabRequest request)
    {
        var (token, refusal) = await FindOne(request);
        return token is null || !TokenPermissions.MayRead(request.Caller, token)
            ? refusal
            : Answer.Ok(new TokenJson(token, request.Now), GitLabTokenJson.Default.TokenJson);
    }

    private static Task<Answer> Self(GitLabRequest request)
    {
        var presented = request.Caller.Token;
        var use = presented.Use;
        var token = presented.Token with { LastUsedAt = use.At, LastUsedIps = Array.ConvertAll(use.Addresses, address => address.ToString()) };
        return Task.FromResult(Answer.Ok(new TokenJson(token, request.Now), GitLabTokenJson.Default.TokenJson));
    }

    private async Task<Answer> Associations(GitLabRequest request)
    {
        var page = PageRequest.Read(request.Parameters);
        var least = request.Parameters.Integer("min_access_level");
        // Unlike elsewhere, every level of GitLab's may be named here, also "none" and "minimal".
        if (least is not (null or 0 or 5 or 10 or 15 or 20 or 30 or 40 or 50))
            request.Parameters.Problem("min_access_level", "does not have a valid value");
        if (request.Parameters.Problems is not null)
            return Answer.BadParameters(request.Parameters);
        var reached = await associations.Handle(request.Caller, (AccessLevel?)least, page.Offset, page.PerPage, request.Now);
        // Two lists with one set of headers: those of the last list, as in GitLab.
        page.WriteHeaders(request, reached.Projects.Total);
        return Answer.Ok(
            new AssociationsJson(
                reached.Groups.ConvertAll(group => new AssociatedGroupJson(group, request.PublicUrl)),
                reached.Projects.Rows.ConvertAll(project => new AssociatedProjectJson(project, request.PublicUrl))),
            GitLabJson.Default.AssociationsJson);
    }

    private async Task<Answer> Rotate(GitLabRequest request)
    {
        // All parameters are checked before the token is looked for, as in GitLab.
        var asked = request.Parameters.Date("expires_at");
        var (token, refusal) = await FindOne(request);
        return token is null || !TokenPermissions.MayRotate(request.Caller, token) ? refusal : await Rotate(request, token, asked);
    }

    private async Task<Answer> RotateSelf(GitLabRequest request)
    {
        var asked = request.Parameters.Date("expires_at");
        return request.Parameters.Problems is null
            ? await Rotate(request, request.Caller.Token.Token, asked)
            : Answer.BadParameters(request.Parameters);
    }

    private async Task<Answer> Rotate(GitLabRequest request, Token token, DateOnly? asked)
    {
        var rotated = await rotate.Handle(request.Caller, token, AccessLevel.Owner, asked, request.Now);
        return rotated.Succeeded(out var issued, out var refusal)
            ? Answer.Ok(new TokenJson(issued.Token, request.Now, issued.Text), GitLabTokenJson.Default.TokenJson)
            : Answer.Refused(refusal);
    }

    private async Task<Answer> Revoke(GitLabRequest request)
    {
        var id = request.Parameters.RequiredInteger("id");
        if (request.Parameters.Problems is not null)
            return Answer.BadParameters(request.Parameters);
        var token = await find.One(id);
        // A raising look-up in GitLab, hence the small f.
        return token is null ? Answer.Message(StatusCodes.Status404NotFound, "404 Not found") : await Revoke(request, token);
    }

    private Task<Answer> RevokeSelf(GitLabRequest request) => Revoke(request, request.Caller.Token.Token);

    private async Task<Answer> Revoke(GitLabRequest request, Token token)
    {
        if (!TokenPermissions.MayRevoke(request.Caller, token))
            return Answer.BadRequest("Not permitted to revoke");
        await revoke.Handle(request.Caller, token, request.Now);
        return Answer.NoContent;
    }

    private Task<Answer> CreateForSelf(GitLabRequest request) =>
        Create(request, request.Caller.User.Id, scope => SelfMade.Contains(scope));

    private async Task<Answer> CreateForUser(GitLabRequest request)
    {
        if (!request.Caller.IsAdmin)
            return Answer.Forbidden();
        return await Create(request, request.Parameters.RequiredInteger("user_id"), _ => true);
    }

    private async Task<Answer> Create(GitLabRequest request, long userId, Func<Scope, bool> allowed)
    {
        var parameters = request.Parameters;
        var order = new PersonalTokenOrder(
            TokenKind.Personal, userId, parameters.RequiredText("name"), parameters.Text("description"),
            ReadScopes(parameters, allowed, acceptsCommas: true), parameters.Date("expires_at"), DefaultsToLatest: true);
        if (parameters.Problems is not null)
            return Answer.BadParameters(parameters);
        var created = await create.Handle(request.Caller, order, given: null, request.Now);
        if (created.Succeeded(out var issued, out var refusal))
            return Answer.Created(new TokenJson(issued.Token, request.Now, issued.Text), GitLabTokenJson.Default.TokenJson);
        return refusal switch
        {
            Refusal.Invalid invalid => Answer.Message(StatusCodes.Status422UnprocessableEntity, Answer.Sentence(invalid)),
            Refusal.WrongState wrong => Answer.Message(StatusCodes.Status422UnprocessableEntity, wrong.Why),
            _ => Answer.Refused(refusal),
        };
    }

    // To an administrator a missing token is missing; to others it is the same as somebody else's.
    private async Task<(Token? Token, Answer Refusal)> FindOne(GitLabRequest request)
    {
        var id = request.Parameters.RequiredInteger("id");
        if (request.Parameters.Problems is not null)
            return (null, Answer.BadParameters(request.Parameters));
        return (await find.One(id), request.Caller.IsAdmin ? Answer.NotFound() : Answer.Unauthorized);
    }
}
