using Patrol.Core.Lifetimes;
using Patrol.Core.Results;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Members;
using Patrol.Server.Storage;

namespace Patrol.Server.Tokens;

/// <summary>What is done to many tokens at once.</summary>
internal abstract record BulkAction
{
    private BulkAction()
    {
    }

    /// <summary>Ends them.</summary>
    public sealed record Revoke : BulkAction;

    /// <summary>Takes their expiry date away.</summary>
    public sealed record RemoveExpiry : BulkAction;

    /// <summary>Sets their expiry date.</summary>
    public sealed record ExtendTo(DateOnly Day) : BulkAction;

    /// <summary>Puts their expiry date off, counted from what it is.</summary>
    public sealed record ExtendBy(Span Span) : BulkAction;
}

/// <summary>What came of it.</summary>
/// <param name="Matched">Tokens that the filters and the action's own limits select.</param>
/// <param name="Changed">Tokens that are different now; none in a dry run.</param>
internal sealed record BulkOutcome(long Matched, long Changed);

/// <summary>
/// Extends, frees of expiry, or revokes all tokens that a filter selects, in batches, so that nobody else waits for long. Each
/// batch looks again at what it changes. Should the server stop in between, the same call finishes the rest.
/// </summary>
internal sealed class BulkChange(TokenIndex index, Database database)
{
    private const int BatchSize = 5_000;

    /// <summary>Does it, or in a dry run only counts.</summary>
    /// <param name="caller">An administrator; the audit trail names them.</param>
    /// <param name="filter">Which tokens.</param>
    /// <param name="action">What to do.</param>
    /// <param name="dryRun">Only count.</param>
    /// <param name="force">Dates in the past are meant.</param>
    /// <param name="now">The instant of the request.</param>
    public async Task<Result<BulkOutcome>> Handle(
        Caller caller, TokenFilter filter, BulkAction action, bool dryRun, bool force, DateTimeOffset now)
    {
        if (!caller.IsAdmin)
            return new Refusal.Forbidden();
        if (action is BulkAction.ExtendTo { Day: var day } && day <= UtcDay.Of(now) && !force)
            return new Refusal.Invalid("to", "is not in the future; with force it is taken all the same");
        var ids = await index.All(Narrow(filter, action), now);
        if (dryRun || ids.Count == 0)
            return new BulkOutcome(ids.Count, 0);
        long changed = 0;
        var first = true;
        foreach (var batch in ids.Chunk(BatchSize))
        {
            changed += await database.Write(async scope =>
            {
                if (first)
                    await AuditLog.Write(scope, caller, $"token.bulk.{Name(action)}", "token", null, $"{ids.Count} tokens: {Describe(action)}", now);
                var touched = await Change(scope, batch, action, now);
                scope.Changes.Tokens.UnionWith(touched);
                return touched.Count;
            });
            first = false;
            // Other writers take their turn.
            await Task.Yield();
        }
        return new BulkOutcome(ids.Count, changed);
    }

    // As GitLab's own script does: what is revoked, and what acts for somebody else, is not prolonged.
    private static TokenFilter Narrow(TokenFilter filter, BulkAction action) => action switch
    {
        BulkAction.Revoke => filter with { Revoked = false },
        BulkAction.RemoveExpiry => filter with { NoExpiry = false },
        _ => filter with
        {
            NoExpiry = false,
            Revoked = false,
            Kinds = [.. (filter.Kinds ?? Enum.GetValues<TokenKind>()).Where(kind => kind != TokenKind.Impersonation)],
        },
    };

    private static async Task<List<long>> Change(WriteScope scope, long[] ids, BulkAction action, DateTimeOffset now)
    {
        var among = $"id IN ({string.Join(',', ids)})";
        switch (action)
        {
            case BulkAction.Revoke:
                return await scope.Query<long>(
                    $"UPDATE tokens SET revoked_at = @at, updated_at = @at WHERE revoked_at IS NULL AND {among} RETURNING id",
                    new { at = now.ToUnixTimeMilliseconds() });
            case BulkAction.RemoveExpiry:
                return await scope.Query<long>($"UPDATE tokens SET expires_at = NULL WHERE expires_at IS NOT NULL AND {among} RETURNING id");
            case BulkAction.ExtendTo { Day: var day }:
                return await Extend(scope, among, "expires_at IS NOT NULL", day);
            case BulkAction.ExtendBy { Span: var span }:
                var dates = await scope.Query<long>($"SELECT DISTINCT expires_at FROM tokens WHERE expires_at IS NOT NULL AND revoked_at IS NULL AND {among}");
                var touched = new List<long>();
                // The latest first: a date that was just set must not be found again as another's old one.
                foreach (var date in dates.OrderDescending())
                    touched.AddRange(await Extend(scope, among, $"expires_at = {date}", span.After(UtcDay.Of(DateTimeOffset.FromUnixTimeMilliseconds(date)))));
                return touched;
            default:
                throw new ArgumentOutOfRangeException(nameof(action));
        }
    }

    private static async Task<List<long>> Extend(WriteScope scope, string among, string which, DateOnly day)
    {
        var until = UtcDay.Start(day).ToUnixTimeMilliseconds();
        var touched = await scope.Query<long>(
            $"UPDATE tokens SET expires_at = @until WHERE {which} AND expires_at <> @until AND revoked_at IS NULL AND {among} RETURNING id", new { until });
        // A bot whose membership ended first would have a token that opens nothing.
        await MemberSql.Prolong(
            scope,
            $"IN (SELECT t.user_id FROM tokens t JOIN users u ON u.id = t.user_id WHERE u.bot_resource_id IS NOT NULL AND t.expires_at = {until} AND t.{among})",
            UtcDay.Start(day));
        return touched;
    }

    private static string Name(BulkAction action) => action switch
    {
        BulkAction.Revoke => "revoke",
        BulkAction.RemoveExpiry => "remove_expiry",
        _ => "extend",
    };

    private static string Describe(BulkAction action) => action switch
    {
        BulkAction.ExtendTo to => $"expiry set to {to.Day:yyyy-MM-dd}",
        BulkAction.ExtendBy { Span: var span } => $"expiry put off by {span}",
        BulkAction.RemoveExpiry => "expiry removed",
        _ => "revoked",
    };
}
