using Microsoft.AspNetCore.Http.HttpResults;
using Patrol.Core.Lifetimes;
using Patrol.Core.Results;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Storage;
using Patrol.Server.Tokens;
using Patrol.Server.Users;

namespace Patrol.Server.Wire.Native;

/// <summary>
/// Our own API, <c>/api/patrol/v1</c>: what GitLab's has no words for. For administrators; described at
/// <c>/openapi/v1.json</c>; errors are problem details (RFC 9457).
/// </summary>
internal static class NativeApi
{
    public const string Root = "/api/patrol/v1";
    private const int MostPerPage = 1_000;

    public static void Map(WebApplication app)
    {
        var api = app.MapGroup(Root).WithTags("Patrol").AddEndpointFilter(KnownQueryOnly.Check)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden);
        api.MapPost("/tokens", Create).WithSummary("Make a token for any user, with a given text or a new one").ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
        api.MapGet("/tokens", Find).WithSummary("Find tokens");
        api.MapGet("/tokens/{id:long}", Get).WithSummary("One token").ProducesProblem(StatusCodes.Status404NotFound);
        api.MapPost("/tokens/lookup", LookUp).WithSummary("What a token's text is, and why it would be refused");
        api.MapPost("/tokens/revoke", Revoke).WithSummary("Revoke the token with this text").ProducesProblem(StatusCodes.Status404NotFound);
        api.MapPost("/tokens/bulk", Bulk).WithSummary("Extend, free of expiry, move from one day to another, or revoke all tokens that filters select");
        api.MapGet("/tokens/expiry-histogram", Histogram).WithSummary("How many tokens end on which day");
        NoticesApi.Map(api);
        api.MapGet("/audit", Audit).WithSummary("The audit trail, newest first");
        ClientsApi.Map(api);
    }

    private static async Task<IResult> Create(
        NativeCaller native, NewTokenRequest body, CreatePersonalToken create, LoadOwners owners, Database database)
    {
        if (await database.Read(connection => UserSql.FindByIdOrName(connection, body.User)) is not { } user)
            return Problem(new Refusal.NotFound("User"));
        // A null among the names, too, is none that there is.
        if (!ScopeSet.Parse(body.Scopes.Select(name => name ?? "")).Succeeded(out var scopes, out var refusal))
            return Problem(refusal);
        var order = new PersonalTokenOrder(TokenKind.Personal, user.Id, body.Name, body.Description, scopes, body.ExpiresAt, DefaultsToLatest: true);
        var created = await create.Handle(native.Caller, order, body.Token is null ? null : new Secret(body.Token), native.Now);
        if (!created.Succeeded(out var issued, out refusal))
            return Problem(refusal);
        var details = NativeToken.From((await owners.Handle([issued.Token])).Single(), native.Now);
        return TypedResults.Created($"{Root}/tokens/{details.Id}", new NewToken(details, issued.Text.Reveal()));
    }

    private static async Task<Results<Ok<NativeTokenPage>, ProblemHttpResult>> Find(
        NativeCaller native, [AsParameters] TokenQuery query, ReadSelection read, FindTokens find, LoadOwners owners)
    {
        var (page, perPage) = (query.Page ?? 1, query.PerPage ?? 100);
        if (page < 1 || perPage is < 1 or > MostPerPage)
            return Problem(new Refusal.Invalid("page", $"starts at 1, per_page is 1 to {MostPerPage}"));
        if (!(await read.Handle(query.ToSelection(), native.Now)).Succeeded(out var filter, out var refusal))
            return Problem(refusal);
        var found = await find.Handle(filter, TokenOrder.Id, descending: false, (page - 1L) * perPage, perPage, native.Now);
        var items = (await owners.Handle(found.Tokens)).ConvertAll(owned => NativeToken.From(owned, native.Now));
        return TypedResults.Ok(new NativeTokenPage(items, page, perPage, found.Total));
    }

    private static async Task<Results<Ok<NativeToken>, ProblemHttpResult>> Get(NativeCaller native, long id, FindTokens find, LoadOwners owners) =>
        await find.One(id) is { } token
            ? TypedResults.Ok(NativeToken.From((await owners.Handle([token])).Single(), native.Now))
            : Problem(new Refusal.NotFound("Token"));

    private static async Task<Ok<LookedUpToken>> LookUp(NativeCaller native, TokenTextRequest body, TokenVerifier verifier, LoadOwners owners)
    {
        if (await verifier.Find(body.Token, native.Now) is not { } snapshot)
            return TypedResults.Ok(new LookedUpToken("unknown", null));
        var verdict = verifier.Judge(snapshot, native.Now) switch
        {
            TokenVerdict.Good => "good",
            TokenVerdict.Expired => "expired",
            TokenVerdict.Revoked => "revoked",
            TokenVerdict.ImpersonationDisabled => "impersonation_disabled",
            TokenVerdict.OwnerBlocked => "owner_blocked",
            TokenVerdict.SwitchedOff => "switched_off",
            _ => "unknown",
        };
        return TypedResults.Ok(new LookedUpToken(verdict, NativeToken.From((await owners.Handle([snapshot.Token])).Single(), native.Now)));
    }

    private static async Task<Results<Ok<NativeToken>, ProblemHttpResult>> Revoke(
        NativeCaller native, TokenTextRequest body, TokenVerifier verifier, RevokeToken revoke, FindTokens find, LoadOwners owners)
    {
        if (await verifier.Find(body.Token, native.Now) is not { } snapshot)
            return Problem(new Refusal.NotFound("Token"));
        await revoke.Handle(native.Caller, snapshot.Token, native.Now);
        var revoked = await find.One(snapshot.Token.Id) ?? snapshot.Token;
        return TypedResults.Ok(NativeToken.From((await owners.Handle([revoked])).Single(), native.Now));
    }

    private static async Task<Results<Ok<BulkResponse>, ProblemHttpResult>> Bulk(
        NativeCaller native, BulkRequest body, ReadSelection read, BulkChange change)
    {
        var selection = body.Filter ?? new TokenSelection();
        if (selection.IsEmpty && !body.All)
            return Problem(new Refusal.Invalid("filter", "selects every token; say so with \"all\": true"));
        if (!ReadAction(body).Succeeded(out var action, out var refusal) ||
            !(await read.Handle(selection, native.Now)).Succeeded(out var filter, out refusal) ||
            !(await change.Handle(native.Caller, filter, action, body.DryRun, body.Force, native.Now)).Succeeded(out var outcome, out refusal))
            return Problem(refusal);
        return TypedResults.Ok(new BulkResponse(outcome.Matched.Count, outcome.Changed, outcome.Memberships, body.DryRun));
    }

    private static async Task<Results<Ok<ExpiryCount[]>, ProblemHttpResult>> Histogram(
        NativeCaller native, [AsParameters] TokenQuery query, ReadSelection read, TokenIndex index)
    {
        if (!(await read.Handle(query.ToSelection(), native.Now)).Succeeded(out var filter, out var refusal))
            return Problem(refusal);
        var days = await index.ExpiryHistogram(filter, native.Now);
        return TypedResults.Ok(days.Select(day => new ExpiryCount(day.Key, day.Value)).ToArray());
    }

    private static async Task<Results<Ok<AuditPage>, ProblemHttpResult>> Audit([AsParameters] AuditQuery query, FindAudit find)
    {
        var perPage = query.PerPage ?? 100;
        if (perPage is < 1 or > MostPerPage)
            return Problem(new Refusal.Invalid("per_page", $"is 1 to {MostPerPage}"));
        var filter = new AuditFilter(query.Actor, query.Action, query.TargetKind, query.TargetId, query.Since, query.Until);
        var rows = await find.Handle(filter, query.Before, perPage);
        return TypedResults.Ok(new AuditPage(rows.ConvertAll(AuditEntry.From), rows.Count == perPage ? rows[^1].Id : null));
    }

    private static Result<BulkAction> ReadAction(BulkRequest body)
    {
        if (body.Action == "move_expiry")
        {
            return body.By is null && body.From != body.To
                ? new BulkAction.MoveExpiry(body.From, body.To)
                : new Refusal.Invalid("from", "and to, two different days of which one may be missing, belong to move_expiry, and by does not");
        }
        if (body.From is not null)
            return new Refusal.Invalid("from", "belongs to move_expiry and to nothing else");
        var dates = (body.To is null ? 0 : 1) + (body.By is null ? 0 : 1);
        if (dates != (body.Action == "extend" ? 1 : 0))
            return new Refusal.Invalid("to", "or by, exactly one of them, belongs to extend and to nothing else");
        return body.Action switch
        {
            "revoke" => new BulkAction.Revoke(),
            "remove_expiry" => new BulkAction.RemoveExpiry(),
            "extend" when body.To is { } day => new BulkAction.ExtendTo(day),
            "extend" => Span.Parse(body.By) is { } span ? new BulkAction.ExtendBy(span) : new Refusal.Invalid("by", "must be a span such as 30d, 6mo or 1y"),
            _ => new Refusal.Invalid("action", "must be extend, remove_expiry, move_expiry or revoke"),
        };
    }

    internal static ProblemHttpResult Problem(Refusal refusal) => refusal switch
    {
        Refusal.NotFound missing => TypedResults.Problem($"{missing.What} not found.", statusCode: StatusCodes.Status404NotFound),
        Refusal.Forbidden forbidden => TypedResults.Problem(forbidden.Why, statusCode: StatusCodes.Status403Forbidden),
        Refusal.Invalid invalid => TypedResults.Problem($"{invalid.Field} {invalid.Why}", statusCode: StatusCodes.Status400BadRequest),
        Refusal.Conflict conflict => TypedResults.Problem(conflict.Why, statusCode: StatusCodes.Status409Conflict),
        Refusal.WrongState wrong => TypedResults.Problem(wrong.Why, statusCode: StatusCodes.Status409Conflict),
        _ => throw new ArgumentOutOfRangeException(nameof(refusal)),
    };
}
