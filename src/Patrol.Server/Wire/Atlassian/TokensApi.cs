using Patrol.Core.Results;
using Patrol.Core.Tokens;
using Patrol.Server.Settings;
using Patrol.Server.Tokens;

namespace Patrol.Server.Wire.Atlassian;

/// <summary>Personal access tokens: <c>/rest/pat/latest/tokens</c>.</summary>
internal sealed class TokensApi(
    CreateUnscopedToken create, FindTokens find, RevokeToken revoke, RevokeTokens revokeMany, ReadSearch readSearch, LoadOwners owners, SettingsStore settings)
{
    private const string Module = "pat", Version = "1.0";

    public void Map(AtlassianRoutes routes)
    {
        routes.Get(Module, Version, "/tokens", Guarded(List));
        routes.Post(Module, Version, "/tokens", Guarded(Create));
        routes.Get(Module, Version, "/tokens/{id}", Guarded(Get));
        routes.Delete(Module, Version, "/tokens/{id}", Guarded(Delete));
        routes.Post(Module, Version, "/tokens/search", Guarded(Search));
        routes.Post(Module, Version, "/tokens/revoke", Guarded(Revoke));
    }

    private int WarningDays => settings.Current.Atlassian.ExpiryWarningDays;

    private AtlassianHandler Guarded(AtlassianHandler handler) => request =>
        settings.Current.Atlassian.Enabled ? handler(request) : Task.FromResult(Answer.Refused(CreateUnscopedToken.SwitchedOff));

    private async Task<Answer> List(AtlassianRequest request)
    {
        var filter = new TokenFilter { Dialect = TokenDialect.Atlassian, Revoked = false, Owners = new HashSet<long> { request.Caller.User.Id } };
        var page = await find.Handle(filter, TokenOrder.Id, descending: false, 0, int.MaxValue, request.Now);
        return Answer.Ok(page.Tokens.ConvertAll(token => new TokenJson(token, request.Now, WarningDays)));
    }

    private async Task<Answer> Create(AtlassianRequest request)
    {
        var (asked, wrong) = await RequestBody.Read(request.Http.Request, AtlassianJson.Default.NewTokenJson);
        if (asked is null)
            return wrong!;
        var created = await create.Handle(request.Caller, asked.Name, asked.ExpirationDuration, request.Now);
        if (created.Succeeded(out var issued, out var refusal))
            return Answer.Created(new TokenJson(issued.Token, request.Now, WarningDays, issued.Text));
        return Answer.Refused(refusal is Refusal.Invalid { Field: "duration" } duration ? duration with { Field = "expirationDuration" } : refusal);
    }

    private async Task<Answer> Get(AtlassianRequest request) =>
        await FindOne(request) is { } token ? Answer.Ok(new TokenJson(token, request.Now, WarningDays)) : NotFound;

    private async Task<Answer> Delete(AtlassianRequest request)
    {
        if (await FindOne(request) is not { } token || !await revoke.Handle(request.Caller, token, request.Now))
            return NotFound;
        return Answer.NoContent;
    }

    private async Task<Answer> Search(AtlassianRequest request)
    {
        if (!request.Caller.IsAdmin)
            return AdministratorsOnly;
        var (asked, wrong) = await RequestBody.Read(request.Http.Request, AtlassianJson.Default.SearchJson);
        if (asked is null)
            return wrong!;
        if (!(await readSearch.Handle(asked)).Succeeded(out var search, out var refusal))
            return Answer.Refused(refusal);
        var found = await find.Handle(search.Filter, TokenOrder.Id, descending: false, search.Offset, search.Limit, request.Now);
        var values = (await owners.Handle(found.Tokens)).ConvertAll(owned => new FoundTokenJson(owned, request.Now, WarningDays));
        return Answer.Ok(new SearchResultJson(values, search.Page, search.Limit, found.Total, search.Offset + search.Limit >= found.Total));
    }

    private async Task<Answer> Revoke(AtlassianRequest request)
    {
        if (!request.Caller.IsAdmin)
            return AdministratorsOnly;
        var (asked, wrong) = await RequestBody.Read(request.Http.Request, AtlassianJson.Default.RevokeJson);
        if (asked is null)
            return wrong!;
        if (asked.Ids is null)
            return Answer.Refused(new Refusal.Invalid("ids", "must be a list of tokens' ids"));
        return (await revokeMany.Handle(request.Caller, TokenDialect.Atlassian, asked.Ids, request.Now)).Succeeded(out var revoked, out var refusal)
            ? Answer.Ok(new RevokedJson(revoked.Revoked, revoked.NotFound))
            : Answer.Refused(refusal);
    }

    // One's own; an administrator's is anybody's. What is revoked is gone, and somebody else's is not told from what never was.
    private async Task<Token?> FindOne(AtlassianRequest request) =>
        long.TryParse(request.Http.Request.RouteValues["id"]?.ToString(), out var id) && await find.One(id) is
        { Dialect: TokenDialect.Atlassian, IsRevoked: false } token && TokenPermissions.MayRead(request.Caller, token) ? token : null;

    private static Answer NotFound => Answer.Refused(new Refusal.NotFound("Token"));

    private static Answer AdministratorsOnly => Answer.Refused(new Refusal.Forbidden("Only administrators may do this"));
}
