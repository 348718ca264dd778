using System.Globalization;
using Patrol.Core.Lifetimes;
using Patrol.Core.Results;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Settings;
using Patrol.Server.Storage;
using Patrol.Server.Tokens;
using Patrol.Server.Users;

namespace Patrol.Server.Wire.GitLab;

/// <summary>Impersonation tokens, with which administrators act as somebody: <c>/users/:id/impersonation_tokens</c>.</summary>
internal sealed class ImpersonationTokensApi(
    FindTokens find, CreatePersonalToken create, RevokeToken revoke, SettingsStore settings, Database database)
{
    public void Map(GitLabRoutes routes)
    {
        routes.Get("/users/{user_id}/impersonation_tokens", request => ForAdministrators(request, List), GitLabAccess.Users);
        routes.Post("/users/{user_id}/impersonation_tokens", request => ForAdministrators(request, Create), GitLabAccess.Users);
        routes.Get("/users/{user_id}/impersonation_tokens/{impersonation_token_id}", request => ForAdministrators(request, Get), GitLabAccess.Users);
        routes.Delete("/users/{user_id}/impersonation_tokens/{impersonation_token_id}", request => ForAdministrators(request, Revoke), GitLabAccess.Users);
    }

    private async Task<Answer> ForAdministrators(GitLabRequest request, Func<GitLabRequest, User, Task<Answer>> handler)
    {
        if (!request.Caller.IsAdmin)
            return Answer.Forbidden();
        if (!settings.Current.ImpersonationEnabled)
        {
            return Answer.OAuth(
                StatusCodes.Status401Unauthorized, "invalid_token", "Token is an impersonation token but impersonation was disabled.");
        }
        var userId = request.Parameters.RequiredInteger("user_id");
        if (request.Parameters.Problems is not null)
            return Answer.BadParameters(request.Parameters);
        var user = await database.Read(connection => UserSql.Find(connection, userId));
        return user is null ? Answer.NotFound("User") : await handler(request, user);
    }

    private async Task<Answer> List(GitLabRequest request, User user)
    {
        var state = TokenListQuery.ReadState(request.Parameters, "all", "active", "inactive");
        var page = PageRequest.Read(request.Parameters);
        if (request.Parameters.Problems is not null)
            return Answer.BadParameters(request.Parameters);
        var filter = new TokenFilter { Owners = new HashSet<long> { user.Id }, Kinds = [TokenKind.Impersonation], State = state };
        var found = await find.Handle(filter, TokenOrder.Id, descending: false, page.Offset, page.PerPage, request.Now);
        return page.Answer(
            request, found.Tokens.ConvertAll(token => new ImpersonationTokenJson(token, request.Now)), found.Total,
            GitLabTokenJson.Default.ListImpersonationTokenJson);
    }

    private async Task<Answer> Get(GitLabRequest request, User user) => await FindOne(request, user) is { } token
        ? Answer.Ok(new ImpersonationTokenJson(token, request.Now), GitLabTokenJson.Default.ImpersonationTokenJson)
        : Missing(request);

    private async Task<Answer> Create(GitLabRequest request, User user)
    {
        var parameters = request.Parameters;
        var name = parameters.RequiredText("name");
        var names = parameters.Texts("scopes", acceptsCommas: true) ?? [];
        var description = parameters.Text("description");
        var expiresOn = parameters.Date("expires_at");
        if (parameters.Problems is not null)
            return Answer.BadParameters(parameters);
        if (!ScopeSet.Parse(names).Succeeded(out var scopes, out var refusal))
        {
            // The model says all that is wrong with it at once.
            var date = settings.Current.Lifetime.Check(expiresOn, UtcDay.Of(request.Now)).Refusal;
            return Answer.InvalidModel((Refusal.Invalid)refusal with { Also = date as Refusal.Invalid });
        }
        var order = new PersonalTokenOrder(TokenKind.Impersonation, user.Id, name, description, scopes, expiresOn, DefaultsToLatest: false);
        var created = await create.Handle(request.Caller, order, given: null, request.Now);
        if (created.Succeeded(out var issued, out refusal))
            return Answer.Created(new ImpersonationTokenJson(issued.Token, request.Now, issued.Text), GitLabTokenJson.Default.ImpersonationTokenJson);
        return refusal is Refusal.Invalid invalid ? Answer.InvalidModel(invalid) : Answer.Refused(refusal);
    }

    private async Task<Answer> Revoke(GitLabRequest request, User user)
    {
        if (await FindOne(request, user) is not { } token)
            return Missing(request);
        if (request.Http.Request.Headers.IfUnmodifiedSince.ToString() is { Length: > 0 } since &&
            DateTimeOffset.TryParse(since, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var unmodifiedSince) &&
            // The header has no fractions.
            token.UpdatedAt.ToUnixTimeSeconds() > unmodifiedSince.ToUnixTimeSeconds())
            return Answer.Message(StatusCodes.Status412PreconditionFailed, "412 Precondition Failed");
        await revoke.Handle(request.Caller, token, request.Now);
        return Answer.NoContent;
    }

    private async Task<Token?> FindOne(GitLabRequest request, User user)
    {
        var id = request.Parameters.RequiredInteger("impersonation_token_id");
        return request.Parameters.Problems is null && await find.One(id) is { Kind: TokenKind.Impersonation } token && token.UserId == user.Id
            ? token
            : null;
    }

    private static Answer Missing(GitLabRequest request) =>
        request.Parameters.Problems is null ? Answer.NotFound("Impersonation Token") : Answer.BadParameters(request.Parameters);
}
