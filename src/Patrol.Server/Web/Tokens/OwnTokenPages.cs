using Patrol.Core.Directory;
using Patrol.Core.Lifetimes;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Settings;
using Patrol.Server.Tokens;
using Patrol.Server.Web.Layout;

namespace Patrol.Server.Web.Tokens;

/// <summary>What a person's page of tokens shows.</summary>
public sealed record OwnTokens(TokenList List, TokenForm? Form, NewToken? New);

/// <summary>One's own access tokens: made, seen, renewed and revoked.</summary>
internal sealed class OwnTokenPages(
    FindTokens find, CreatePersonalToken create, RevokeToken revoke, RenewToken renew, SettingsStore settings, Handover handover)
{
    public const string Address = "/-/user_settings/personal_access_tokens";

    public void Map(PageRoutes routes)
    {
        routes.Get(Address, List);
        routes.Post(Address, Create);
        routes.Get($"{Address}/{{id:long}}/revoke", AskRevoke);
        routes.Post($"{Address}/{{id:long}}/revoke", Revoke);
        routes.Get($"{Address}/{{id:long}}/renew", AskRenew);
        routes.Post($"{Address}/{{id:long}}/renew", Renew);
        // Where GitLab had it before 16, and where Jira and Confluence have it.
        routes.Redirect("/-/profile/personal_access_tokens", Address);
        foreach (var root in (string[])["", "/jira"])
            routes.Redirect($"{root}/secure/ViewProfile.jspa", Address);
        foreach (var root in (string[])["", "/confluence"])
            routes.Redirect($"{root}/plugins/personalaccesstokens/usertokens.action", Address);
    }

    private async Task<IResult> List(PageRequest page) =>
        await Show(page, Blank(page)?.Prefilled(page), StatusCodes.Status200OK);

    private async Task<IResult> Show(PageRequest page, TokenForm? form, int status)
    {
        var mine = new TokenFilter { Owners = new HashSet<long> { page.Caller.User.Id }, Kinds = [TokenKind.Personal] };
        var list = await TokenList.Read(page, find, settings, mine);
        return page.Show<OwnTokensPage>(new OwnTokens(list, form, await handover.TakeToken(page)), status);
    }

    private async Task<IResult> Create(PageRequest page)
    {
        if (Blank(page)?.Sent(page) is not { } form)
            return page.Fail(StatusCodes.Status403Forbidden, "Personal access tokens are switched off.");
        if (!form.Read().Succeeded(out var asked, out var refusal))
            return await Show(page, form.Refused(refusal, page.Words), Refusals.Status(refusal));
        var order = new PersonalTokenOrder(
            TokenKind.Personal, page.Caller.User.Id, form.Name, form.Description.Length == 0 ? null : form.Description, asked.Scopes, asked.ExpiresOn, DefaultsToLatest: false);
        var created = await create.Handle(page.Caller, order, given: null, page.Now);
        return created.Succeeded(out var issued, out refusal)
            ? await handover.Redirect(page, Address, issued)
            : await Show(page, form.Refused(refusal, page.Words), Refusals.Status(refusal));
    }

    private async Task<IResult> AskRevoke(PageRequest page) =>
        await FindOne(page) is { } token ? page.Show<RevokePage>(new Revocation(token, null, Address)) : page.Missing();

    private async Task<IResult> Revoke(PageRequest page)
    {
        if (await FindOne(page) is not { } token || !TokenPermissions.MayRevoke(page.Caller, token))
            return page.Missing();
        await revoke.Handle(page.Caller, token, page.Now);
        return handover.Redirect(page, Address, "“{0}” is revoked.", token.Name);
    }

    private async Task<IResult> AskRenew(PageRequest page) => await FindOne(page) is { Dialect: TokenDialect.GitLab } token
        ? page.Show<RenewPage>(Renewal.Of(token, Address, settings.Current.Lifetime, page.Now))
        : page.Missing();

    private async Task<IResult> Renew(PageRequest page)
    {
        if (await FindOne(page) is not { } token || !TokenPermissions.MayRotate(page.Caller, token))
            return page.Missing();
        var form = Renewal.Of(token, Address, settings.Current.Lifetime, page.Now).Sent(page);
        if (form.Day.Succeeded(out var day, out var refusal) &&
            (await renew.Handle(page.Caller, token, AccessLevel.Owner, day, form.Grace, page.Now)).Succeeded(out var issued, out refusal))
            return await handover.Redirect(page, Address, issued);
        return page.Show<RenewPage>(form.Refused(refusal, page.Words), Refusals.Status(refusal));
    }

    // Nobody else's, and none that acts for somebody, is reached here.
    private async Task<Token?> FindOne(PageRequest page) =>
        await find.One(page.Id()) is { Kind: TokenKind.Personal } token && page.Caller.Is(token.UserId) ? token : null;

    // Null while nobody may make any.
    private TokenForm? Blank(PageRequest page) => settings.Current.DisablePersonalAccessTokens && !page.Caller.User.IsAdmin ? null : new TokenForm
    {
        Action = Address,
        Offered = [.. ScopeCatalog.All.Where(scope => ScopeCatalog.MayHold(scope, page.Caller.User.IsAdmin, isBot: false))],
        Policy = settings.Current.Lifetime,
        Today = UtcDay.Of(page.Now),
    };
}
