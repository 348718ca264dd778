using Patrol.Core.Directory;
using Patrol.Core.Lifetimes;
using Patrol.Core.Scopes;
using Patrol.Server.Members;
using Patrol.Server.Settings;
using Patrol.Server.Storage;
using Patrol.Server.Tokens;
using Patrol.Server.Users;
using Patrol.Server.Web.Layout;
using Patrol.Server.Web.Tokens;

namespace Patrol.Server.Web.Resources;

/// <summary>The projects and groups whose tokens somebody manages.</summary>
/// <param name="Total">How many there are, of which the first are shown.</param>
public sealed record ManagedResources(IReadOnlyList<(bool IsGroup, string Name, string FullPath)> Resources, long Total, string Search);

/// <summary>What the page of a project's or group's tokens shows.</summary>
public sealed record ResourceTokens(VisibleResource Resource, TokenList List, TokenForm Form, NewToken? New);

/// <summary>The tokens of a project or group, for those who manage it: as one's own, with a role and a bot.</summary>
internal sealed class ResourcePages(
    ListManaged managed, FindResource resources, FindTokens find, CreateResourceToken create, RevokeToken revoke, RenewToken renew,
    SettingsStore settings, Database database, Handover handover)
{
    public const string Address = "/-/resources";
    private static readonly AccessLevel[] Levels = [AccessLevel.Guest, AccessLevel.Planner, AccessLevel.Reporter, AccessLevel.Developer, AccessLevel.Maintainer, AccessLevel.Owner];

    public void Map(PageRoutes routes) => routes.Get(Address, List);

    /// <summary>
    /// What answers at a project's or group's address; null if it is none. It is no route, whose patterns cannot say "a path of any
    /// length with something behind it": one that takes every address would turn the 405 of others into a 404.
    /// </summary>
    public PageHandler? HandlerOf(HttpRequest request) =>
        ResourcePath.Parse(PathOf(request)) is null ? null
        : HttpMethods.IsPost(request.Method) ? Write
        : HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) ? Read
        : null;

    private static string PathOf(HttpRequest request) => request.Path.Value!.TrimStart('/');

    private async Task<IResult> List(PageRequest page)
    {
        var search = page.Query("search") ?? "";
        var (found, total) = await managed.Handle(page.Caller, search, page.Now);
        return page.Show<ResourcesPage>(new ManagedResources(found, total, search));
    }

    private async Task<IResult> Read(PageRequest page)
    {
        if (await Find(page) is not var (path, resource))
            return page.Missing();
        if (path.TokenId is null)
            return await Show(page, path, resource, Blank(page, path, resource).Prefilled(page), StatusCodes.Status200OK);
        if (await FindToken(path, resource) is not { } token)
            return page.Missing();
        return path.Action == "revoke"
            ? page.Show<RevokePage>(new Revocation(token, resource.FullPath, path.Address))
            : page.Show<RenewPage>(Renewal.Of(token, path.Address, settings.Current.Lifetime, page.Now));
    }

    private async Task<IResult> Write(PageRequest page)
    {
        if (await Find(page) is not var (path, resource))
            return page.Missing();
        if (path.TokenId is null)
            return await Create(page, path, resource);
        if (await FindToken(path, resource) is not { } token)
            return page.Missing();
        if (path.Action == "renew")
            return await Renew(page, path, resource, token);
        await revoke.Handle(page.Caller, token, page.Now);
        return handover.Redirect(page, path.Address, "“{0}” is revoked.", token.Name);
    }

    private async Task<IResult> Show(PageRequest page, ResourcePath path, VisibleResource resource, TokenForm form, int status)
    {
        var filter = new TokenFilter { Owners = await database.Read(connection => UserSql.BotsOf(connection, resource.Resource)) };
        var list = await TokenList.Read(page, find, settings, filter);
        return page.Show<ResourceTokensPage>(new ResourceTokens(resource, list, form, await handover.TakeToken(page)), status);
    }

    private async Task<IResult> Create(PageRequest page, ResourcePath path, VisibleResource resource)
    {
        var form = Blank(page, path, resource).Sent(page);
        if (!form.Read().Succeeded(out var asked, out var refusal))
            return await Show(page, path, resource, form.Refused(refusal, page.Words), Refusals.Status(refusal));
        var order = new ResourceTokenOrder(
            form.Name, form.Description.Length == 0 ? null : form.Description, asked.Scopes, asked.ExpiresOn, form.Level, new Uri(page.PublicUrl).Host);
        var created = await create.Handle(page.Caller, resource, order, page.Now);
        return created.Succeeded(out var issued, out refusal)
            ? await handover.Redirect(page, path.Address, issued)
            : await Show(page, path, resource, form.Refused(refusal, page.Words), Refusals.Status(refusal));
    }

    private async Task<IResult> Renew(PageRequest page, ResourcePath path, VisibleResource resource, Token token)
    {
        var form = Renewal.Of(token, path.Address, settings.Current.Lifetime, page.Now).Sent(page);
        if (form.Day.Succeeded(out var day, out var refusal) &&
            (await renew.Handle(page.Caller, token, resource.Level, day, form.Grace, page.Now)).Succeeded(out var issued, out refusal))
            return await handover.Redirect(page, path.Address, issued);
        return page.Show<RenewPage>(form.Refused(refusal, page.Words), Refusals.Status(refusal));
    }

    // Who may not manage the tokens learns no more than who may not see the project or group.
    private async Task<(ResourcePath, VisibleResource)?> Find(PageRequest page)
    {
        var path = ResourcePath.Parse(PathOf(page.Http.Request))!;
        var found = await resources.Handle(page.Caller, path.IsGroup, path.FullPath, page.Now);
        return found.Succeeded(out var resource, out _) && resource.Level >= AccessRules.ManagesTokens(path.IsGroup) ? (path, resource) : null;
    }

    private async Task<Token?> FindToken(ResourcePath path, VisibleResource resource) =>
        await find.One(path.TokenId!.Value) is { IsRevoked: false, Bot: { } place } token && new ResourceRef(place.IsGroup, place.ResourceId) == resource.Resource ? token : null;

    private TokenForm Blank(PageRequest page, ResourcePath path, VisibleResource resource) => new()
    {
        Action = path.Address,
        Offered = [.. ScopeCatalog.All.Where(scope => ScopeCatalog.MayHold(scope, isAdministrator: false, isBot: true))],
        Policy = settings.Current.Lifetime,
        Today = UtcDay.Of(page.Now),
        Levels = [.. Levels.Where(level => level <= resource.Level)],
    };
}
