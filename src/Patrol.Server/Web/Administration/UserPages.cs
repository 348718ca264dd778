using Patrol.Core.Lifetimes;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Settings;
using Patrol.Server.Storage;
using Patrol.Server.Tokens;
using Patrol.Server.Users;
using Patrol.Server.Web.Layout;
using Patrol.Server.Web.Tokens;

namespace Patrol.Server.Web.Administration;

/// <summary>What the list of users shows.</summary>
public sealed record UserList(IReadOnlyList<UserProfile> Users, long Total, long Number, string Search, string Show);

/// <summary>What a user's page shows.</summary>
public sealed record OneUser(User User, TokenList Impersonation, TokenForm? Form, NewToken? New);

/// <summary>Users: found, blocked and let in again, and the tokens with which administrators act as them.</summary>
internal sealed class UserPages(
    ListUsers list, ReadUser read, BlockUser block, FindTokens find, CreatePersonalToken create, RevokeToken revoke, SettingsStore settings, Handover handover)
{
    public const string Address = "/admin/users";
    public const int Size = 50;

    public void Map(PageRoutes routes)
    {
        routes.Get(Address, List, PageAccess.Administrators);
        routes.Get($"{Address}/{{id:long}}", One, PageAccess.Administrators);
        foreach (var blocked in (bool[])[true, false])
        {
            var path = $"{Address}/{{id:long}}/{(blocked ? "block" : "unblock")}";
            routes.Get(path, page => AskBlock(page, blocked), PageAccess.Administrators);
            routes.Post(path, page => Block(page, blocked), PageAccess.Administrators);
        }
        routes.Post($"{Address}/{{id:long}}/impersonation_tokens", Impersonate, PageAccess.Administrators);
        routes.Get($"{Address}/{{id:long}}/impersonation_tokens/{{token:long}}/revoke", AskRevoke, PageAccess.Administrators);
        routes.Post($"{Address}/{{id:long}}/impersonation_tokens/{{token:long}}/revoke", Revoke, PageAccess.Administrators);
    }

    private async Task<IResult> List(PageRequest page)
    {
        var (search, show) = (page.Query("search") ?? "", page.Query("show") ?? "people");
        var filter = new UserFilter
        {
            Search = search,
            SearchEmail = true,
            WithoutBots = show == "people",
            Blocked = show == "blocked",
            Admins = show == "administrators",
        };
        var number = TokenList.PageNumber(page, "page");
        var found = await list.Handle(filter, new ListingPart("u.id", Descending: true, (number - 1) * Size, Size));
        return page.Show<UsersPage>(new UserList(found.Rows, found.Total, number, search, show));
    }

    private async Task<IResult> One(PageRequest page) =>
        await read.Handle(page.Id()) is { User: var user } ? await Show(page, user, Blank(page, user)?.Prefilled(page), StatusCodes.Status200OK) : page.Missing();

    private async Task<IResult> Show(PageRequest page, User user, TokenForm? form, int status)
    {
        var impersonation = new TokenFilter { Owners = new HashSet<long> { user.Id }, Kinds = [TokenKind.Impersonation] };
        var list = await TokenList.Read(page, find, settings, impersonation);
        return page.Show<UserPage>(new OneUser(user, list, form, await handover.TakeToken(page)), status);
    }

    private async Task<IResult> AskBlock(PageRequest page, bool blocked) =>
        await read.Handle(page.Id()) is { User: var user } ? page.Show<BlockPage>(new Blocking(user, blocked, null)) : page.Missing();

    private async Task<IResult> Block(PageRequest page, bool blocked)
    {
        if (await read.Handle(page.Id()) is not { User: var user })
            return page.Missing();
        var done = await block.Handle(page.Caller, user.Id, blocked, page.Now);
        return done.Refusal is { } refusal
            ? page.Show<BlockPage>(new Blocking(user, blocked, Refusals.Of(refusal, page.Words).Sentence), Refusals.Status(refusal))
            : handover.Redirect(page, $"{Address}/{user.Id}", blocked ? "{0} is blocked." : "{0} is let in again.", $"@{user.Username}");
    }

    private async Task<IResult> Impersonate(PageRequest page)
    {
        if (await read.Handle(page.Id()) is not { User: var user } || Blank(page, user)?.Sent(page) is not { } form)
            return page.Missing();
        if (!form.Read().Succeeded(out var asked, out var refusal))
            return await Show(page, user, form.Refused(refusal, page.Words), Refusals.Status(refusal));
        var order = new PersonalTokenOrder(
            TokenKind.Impersonation, user.Id, form.Name, form.Description.Length == 0 ? null : form.Description, asked.Scopes, asked.ExpiresOn, DefaultsToLatest: false);
        var created = await create.Handle(page.Caller, order, given: null, page.Now);
        return created.Succeeded(out var issued, out refusal)
            ? await handover.Redirect(page, $"{Address}/{user.Id}", issued)
            : await Show(page, user, form.Refused(refusal, page.Words), Refusals.Status(refusal));
    }

    private async Task<IResult> AskRevoke(PageRequest page) => await FindToken(page) is { } token
        ? page.Show<RevokePage>(new Revocation(token, null, $"{Address}/{token.UserId}"))
        : page.Missing();

    private async Task<IResult> Revoke(PageRequest page)
    {
        if (await FindToken(page) is not { } token)
            return page.Missing();
        await revoke.Handle(page.Caller, token, page.Now);
        return handover.Redirect(page, $"{Address}/{token.UserId}", "“{0}” is revoked.", token.Name);
    }

    private async Task<Token?> FindToken(PageRequest page) =>
        await find.One(page.Id("token")) is { Kind: TokenKind.Impersonation } token && token.UserId == page.Id() ? token : null;

    // Null where none can be made: they are switched off, or nobody is to act as this user.
    private TokenForm? Blank(PageRequest page, User user) => !settings.Current.ImpersonationEnabled || !user.IsActive || user.IsBot ? null : new TokenForm
    {
        Action = $"{Address}/{user.Id}/impersonation_tokens",
        Offered = [.. ScopeCatalog.All.Where(scope => ScopeCatalog.MayHold(scope, user.IsAdmin, isBot: false))],
        Policy = settings.Current.Lifetime,
        Today = UtcDay.Of(page.Now),
    };
}

/// <summary>A user who is about to be blocked or let in again.</summary>
public sealed record Blocking(User User, bool Blocked, string? Problem);
