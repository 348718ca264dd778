using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Patrol.Core.Lifetimes;
using Patrol.Core.Results;
using Patrol.Server.Tokens;
using Patrol.Server.Users;
using Patrol.Server.Web.Layout;

namespace Patrol.Server.Web.Administration;

/// <summary>What is about to be done to many tokens, as the form says it, and what would come of it.</summary>
public sealed record BulkPlan
{
    public required TokenQuery Query { get; init; }

    /// <summary><c>selected</c> or <c>all</c>.</summary>
    public required string Which { get; init; }
    public required IReadOnlyList<long> Ids { get; init; }

    /// <summary><c>revoke</c>, <c>extend_to</c>, <c>extend_by</c> or <c>remove_expiry</c>.</summary>
    public required string Action { get; init; }

    /// <summary>As they were typed.</summary>
    public string To { get; init; } = "";
    public string By { get; init; } = "";

    /// <summary>The tokens that would be changed; null if they are not known for something wrong.</summary>
    public IReadOnlyList<long>? Matched { get; init; }

    /// <summary>How many of them would end sooner than now.</summary>
    public long Sooner { get; init; }

    /// <summary>Stands for <see cref="Matched"/> in the form, which may be very many.</summary>
    public string Seen => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<long>([.. Matched ?? []])));

    public IReadOnlyDictionary<string, string> Errors { get; init; } = ImmutableDictionary<string, string>.Empty;
}

/// <summary>
/// Revokes, extends or frees of expiry many tokens: those selected, or all that the filters match. First it is counted and shown;
/// only what was counted is done, and only after a second confirmation.
/// </summary>
internal sealed class BulkPages(BulkChange change, TokenIndex index, ReadUser users, Handover handover)
{
    public void Map(PageRoutes routes)
    {
        routes.Post($"{TokenPages.Address}/bulk", Plan, PageAccess.Administrators);
        routes.Post($"{TokenPages.Address}/bulk/confirm", Do, PageAccess.Administrators);
    }

    private async Task<IResult> Plan(PageRequest page) => await Count(page, Read(page)) is var plan && plan.Errors.Count == 0
        ? page.Show<BulkPage>(plan)
        : page.Show<BulkPage>(plan, StatusCodes.Status422UnprocessableEntity);

    private async Task<IResult> Do(PageRequest page)
    {
        var plan = await Count(page, Read(page));
        if (plan.Errors.Count > 0)
            return page.Show<BulkPage>(plan, StatusCodes.Status422UnprocessableEntity);
        // What was confirmed are these tokens; if they are others by now, it is asked for again.
        if (page.Field("seen") != plan.Seen)
            return Again(page, plan, "Meanwhile other tokens match. Look again and confirm again.");
        if (page.Field("sure") is null)
            return Again(page, plan, "Tick the box to confirm.");
        var action = ReadAction(plan, page.Now).Value;
        var done = await change.Handle(page.Caller, new TokenFilter { Ids = plan.Matched!.ToHashSet() }, action, dryRun: false, force: false, page.Now);
        if (!done.Succeeded(out var outcome, out var refusal))
            return page.Show<BulkPage>(plan with { Errors = Refusals.At(refusal, page.Words) }, Refusals.Status(refusal));
        var sentence = action switch
        {
            BulkAction.Revoke => "{0} tokens are revoked.",
            BulkAction.RemoveExpiry => "{0} tokens have no expiry date any more.",
            _ => "{0} tokens have a new expiry date.",
        };
        return handover.Redirect(page, TokenPages.Address + plan.Query.Text, sentence, Layout.Show.Number(outcome.Changed));
    }

    private static IResult Again(PageRequest page, BulkPlan plan, string why) => page.Show<BulkPage>(
        plan with { Errors = new Dictionary<string, string>(StringComparer.Ordinal) { ["sure"] = page.Words[why] } }, StatusCodes.Status422UnprocessableEntity);

    private static BulkPlan Read(PageRequest page) => new()
    {
        Query = TokenQuery.Read(page.Form["query"].ToString()),
        Which = page.Field("which") == "all" ? "all" : "selected",
        Ids = [.. page.Fields("ids").Select(text => long.TryParse(text, CultureInfo.InvariantCulture, out var id) ? id : 0).Where(id => id > 0).Distinct()],
        Action = page.Field("action") ?? "",
        To = page.Field("to") ?? "",
        By = page.Field("by") ?? "",
    };

    private async Task<BulkPlan> Count(PageRequest page, BulkPlan plan)
    {
        if (!(await Filter(plan)).Succeeded(out var filter, out var refusal) ||
            !ReadAction(plan, page.Now).Succeeded(out var action, out refusal) ||
            !(await change.Handle(page.Caller, filter, action, dryRun: true, force: false, page.Now)).Succeeded(out var outcome, out refusal))
            return plan with { Errors = Refusals.At(refusal, page.Words) };
        return plan with
        {
            Matched = outcome.Matched,
            Sooner = action is BulkAction.ExtendTo { Day: var day } ? await CountAfter(outcome.Matched, day, page.Now) : 0,
        };
    }

    private async Task<long> CountAfter(IReadOnlyList<long> ids, DateOnly day, DateTimeOffset now) => day == DateOnly.MaxValue
        ? 0
        : (await index.All(new TokenFilter { Ids = ids.ToHashSet(), ExpiresAfter = day.AddDays(1) }, now)).Count;

    private async Task<Result<TokenFilter>> Filter(BulkPlan plan)
    {
        if (plan.Which == "all")
            return await plan.Query.ToFilter(users);
        return plan.Ids.Count == 0 ? new Refusal.WrongState("No token is selected") : new TokenFilter { Ids = plan.Ids.ToImmutableHashSet() };
    }

    private static Result<BulkAction> ReadAction(BulkPlan plan, DateTimeOffset now) => plan.Action switch
    {
        "revoke" => new BulkAction.Revoke(),
        "remove_expiry" => new BulkAction.RemoveExpiry(),
        "extend_to" => DateOnly.TryParseExact(plan.To, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? day > UtcDay.Of(now) ? new BulkAction.ExtendTo(day) : new Refusal.Invalid("to", "must be after today")
            : new Refusal.Invalid("to", "must be a date such as 2027-01-31"),
        "extend_by" => Span.Parse(plan.By) is { } span ? new BulkAction.ExtendBy(span) : new Refusal.Invalid("by", "must be a span such as 30d, 6mo or 1y"),
        _ => new Refusal.Invalid("action", "does not have a valid value"),
    };
}
