using System.Collections.Immutable;
using Patrol.Core.Lifetimes;
using Patrol.Server.Audit;
using Patrol.Server.Settings;
using Patrol.Server.Tokens;
using Patrol.Server.Users;
using Patrol.Server.Web.Layout;
using Patrol.Server.Web.Tokens;

namespace Patrol.Server.Web.Administration;

/// <summary>What the list of all tokens shows.</summary>
public sealed record AllTokens(
    TokenQuery Query, IReadOnlyList<OwnedToken> Tokens, long Total, long Number, InstanceSettings Settings, IReadOnlyDictionary<string, string> Errors);

/// <summary>What the page of one token shows.</summary>
public sealed record OneToken(OwnedToken Owned, IReadOnlyList<AuditRow> Trail, InstanceSettings Settings);

/// <summary>All tokens of the instance: found, looked at one by one, revoked, taken away as CSV.</summary>
internal sealed class TokenPages(
    FindTokens find, TokenIndex index, LoadOwners owners, ReadUser users, RevokeToken revoke, FindAudit audit, SettingsStore settings, Handover handover)
{
    public const string Address = "/admin/tokens";
    private const int TrailLength = 50;
    private const int CsvPart = 1_000;

    public void Map(PageRoutes routes)
    {
        routes.Get(Address, List, PageAccess.Administrators);
        routes.Get($"{Address}.csv", Csv, PageAccess.Administrators);
        routes.Get($"{Address}/{{id:long}}", One, PageAccess.Administrators);
        routes.Get($"{Address}/{{id:long}}/revoke", AskRevoke, PageAccess.Administrators);
        routes.Post($"{Address}/{{id:long}}/revoke", Revoke, PageAccess.Administrators);
    }

    private async Task<IResult> List(PageRequest page)
    {
        var query = TokenQuery.Read(page.Http.Request.QueryString.ToString());
        var number = TokenList.PageNumber(page, "page");
        if (!(await query.ToFilter(users)).Succeeded(out var filter, out var refusal))
            return page.Show<AllTokensPage>(new AllTokens(query, [], 0, 1, settings.Current, Refusals.At(refusal, page.Words)), StatusCodes.Status422UnprocessableEntity);
        var found = await find.Handle(filter, query.Order, query.Descending, (number - 1) * TokenQuery.Size, TokenQuery.Size, page.Now);
        return page.Show<AllTokensPage>(
            new AllTokens(query, await owners.Handle(found.Tokens), found.Total, number, settings.Current, ImmutableDictionary<string, string>.Empty));
    }

    private async Task<IResult> Csv(PageRequest page)
    {
        var query = TokenQuery.Read(page.Http.Request.QueryString.ToString());
        if (!(await query.ToFilter(users)).Succeeded(out var filter, out _))
            return page.Missing();
        var (ids, _) = await index.Page(filter, query.Order, query.Descending, 0, int.MaxValue, long.MaxValue, page.Now);
        page.Http.Response.Headers.ContentDisposition = $"attachment; filename=\"tokens-{Layout.Show.Day(UtcDay.Of(page.Now))}.csv\"";
        return Results.Stream(
            async stream =>
            {
                await using var writer = new StreamWriter(stream);
                await writer.WriteAsync(TokenCsv.Head);
                foreach (var part in ids.Chunk(CsvPart))
                {
                    foreach (var owned in await owners.Handle(await find.Some(part)))
                        await writer.WriteAsync(TokenCsv.Line(owned, page.Now));
                    await writer.FlushAsync(page.Http.RequestAborted);
                }
            },
            "text/csv; charset=utf-8");
    }

    private async Task<IResult> One(PageRequest page)
    {
        if (await FindOne(page) is not { } owned)
            return page.Missing();
        var trail = await audit.Handle(new AuditFilter(null, null, "token", owned.Token.Id, null, null), before: null, TrailLength);
        return page.Show<OneTokenPage>(new OneToken(owned, trail, settings.Current));
    }

    private async Task<IResult> AskRevoke(PageRequest page) => await FindOne(page) is { Token.IsRevoked: false } owned
        ? page.Show<RevokePage>(new Revocation(owned.Token, $"@{owned.Owner.Username}", $"{Address}/{owned.Token.Id}"))
        : page.Missing();

    private async Task<IResult> Revoke(PageRequest page)
    {
        if (await FindOne(page) is not { } owned)
            return page.Missing();
        await revoke.Handle(page.Caller, owned.Token, page.Now);
        return handover.Redirect(page, $"{Address}/{owned.Token.Id}", "“{0}” is revoked.", owned.Token.Name);
    }

    private async Task<OwnedToken?> FindOne(PageRequest page) =>
        await find.One(page.Id()) is { } token ? (await owners.Handle([token])).Single() : null;
}
