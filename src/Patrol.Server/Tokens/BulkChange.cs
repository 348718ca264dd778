using Patrol.Core.Lifetimes;
using Patrol.Core.Results;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Members;
using Patrol.Server.Notices;
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

    /// <summary>
    /// Moves those that end on one day, whatever they are, to another; null is never. What moved elsewhere since stays there, so that
    /// the same call with the days exchanged puts back exactly what this one moved.
    /// </summary>
    public sealed record MoveExpiry(DateOnly? From, DateOnly? To) : BulkAction;

    /// <summary>Sets their expiry date.</summary>
    public sealed record ExtendTo(DateOnly Day) : BulkAction;

    /// <summary>Puts their expiry date off, counted from what it is.</summary>
    public sealed record ExtendBy(Span Span) : BulkAction;
}

/// <summary>What came of it.</summary>
/// <param name="Matched">The ids of the tokens that the filters and the action's own limits select.</param>
/// <param name="Changed">Tokens that are different now; none in a dry run.</param>
/// <param name="Memberships">Memberships of bots that would have ended before their tokens, and do not any more.</param>
internal sealed record BulkOutcome(IReadOnlyList<long> Matched, long Changed, long Memberships);

/// <summary>
/// Extends, frees of expiry, or revokes all tokens that a filter selects, in batches, so that nobody else waits for long. Each
/// batch looks again at what it changes. Should the server stop in between, the batches before are done and stay so: the same call
/// finishes the rest, except that it puts off a second time what was put off by a span.
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
        var to = action switch { BulkAction.ExtendTo extend => (DateOnly?)extend.Day, BulkAction.MoveExpiry move => move.To, _ => null };
        if (to <= UtcDay.Of(now) && !force)
            return new Refusal.Invalid("to", "is not in the future; with force it is taken all the same");
        if (action is BulkAction.ExtendBy { Span: var span } && (await index.ExpiryHistogram(Narrow(filter, action), now)).Keys.Any(day => !span.Reaches(day)))
            return new Refusal.Invalid("by", "would put the end of some tokens after the year 9999");
        var ids = await index.All(Narrow(filter, action), now);
        if (dryRun || ids.Count == 0)
            return new BulkOutcome(ids, 0, 0);
        long changed = 0, memberships = 0;
        var first = true;
        foreach (var batch in ids.Chunk(BatchSize))
        {
            var (tokens, lifted) = await database.Write(async scope =>
            {
                if (first)
                    await AuditLog.Write(scope, caller, $"token.bulk.{Name(action)}", "token", ids.Count == 1 ? ids[0] : null, $"{ids.Count} tokens: {Describe(action)}", now);
                var (touched, prolonged) = await Change(scope, batch, action, now);
                scope.Changes.Tokens.UnionWith(touched);
                if (action is BulkAction.Revoke)
                    await TellOwner.Revoked(scope, touched, now);
                return (touched.Count, prolonged);
            });
            (changed, memberships) = (changed + tokens, memberships + lifted);
            first = false;
            // Other writers take their turn.
            await Task.Yield();
        }
        return new BulkOutcome(ids, changed, memberships);
    }

    // As GitLab's own script does: what is revoked, and what acts for somebody else, is not prolonged. Atlassian's never are.
    private static TokenFilter Narrow(TokenFilter filter, BulkAction action) => action switch
    {
        BulkAction.Revoke => filter with { Revoked = false },
        BulkAction.RemoveExpiry => filter with { Dialect = TokenDialect.GitLab, NoExpiry = false },
        BulkAction.MoveExpiry { From: { } day } => filter with
        {
            Dialect = TokenDialect.GitLab,
            ExpiresAfter = day,
            ExpiresBefore = day == DateOnly.MaxValue ? null : day.AddDays(1),
        },
        BulkAction.MoveExpiry => filter with { Dialect = TokenDialect.GitLab, NoExpiry = true },
        _ => filter with
        {
            Dialect = TokenDialect.GitLab,
            NoExpiry = false,
            Revoked = false,
            Kinds = [.. (filter.Kinds ?? Enum.GetValues<TokenKind>()).Where(kind => kind != TokenKind.Impersonation)],
        },
    };

    private static async Task<(List<long> Tokens, long Memberships)> Change(WriteScope scope, long[] ids, BulkAction action, DateTimeOffset now)
    {
        var among = $"id IN ({string.Join(',', ids)})";
        switch (action)
        {
            case BulkAction.Revoke:
                return (await scope.Query<long>(
                    $"UPDATE tokens SET revoked_at = @at, updated_at = @at WHERE revoked_at IS NULL AND {among} RETURNING id",
                    new { at = now.ToUnixTimeMilliseconds() }), 0);
            case BulkAction.RemoveExpiry:
                return (await scope.Query<long>($"UPDATE tokens SET expires_at = NULL WHERE expires_at IS NOT NULL AND {among} RETURNING id"), 0);
            case BulkAction.MoveExpiry { From: var from, To: var to }:
                var ends = from is { } old ? $"expires_at = {UtcDay.Start(old).ToUnixTimeMilliseconds()}" : "expires_at IS NULL";
                var moved = await scope.Query<long>(
                    $"UPDATE tokens SET expires_at = @until WHERE {ends} AND {among} RETURNING id", new { until = to is { } next ? UtcDay.Start(next).ToUnixTimeMilliseconds() : (long?)null });
                return (moved, await ProlongBots(scope, moved, to is { } last ? UtcDay.Start(last) : null));
            case BulkAction.ExtendTo { Day: var day }:
                return await Extend(scope, among, "expires_at IS NOT NULL", day);
            case BulkAction.ExtendBy { Span: var span }:
                var dates = await scope.Query<long>($"SELECT DISTINCT expires_at FROM tokens WHERE expires_at IS NOT NULL AND revoked_at IS NULL AND {among}");
                var (touched, prolonged) = (new List<long>(), 0L);
                // The latest first: a date that was just set must not be found again as another's old one.
                foreach (var date in dates.OrderDescending())
                {
                    var (tokens, memberships) = await Extend(scope, among, $"expires_at = {date}", span.After(UtcDay.Of(DateTimeOffset.FromUnixTimeMilliseconds(date))));
                    touched.AddRange(tokens);
                    prolonged += memberships;
                }
                return (touched, prolonged);
            default:
                throw new ArgumentOutOfRangeException(nameof(action));
        }
    }

    private static async Task<(List<long> Tokens, long Memberships)> Extend(WriteScope scope, string among, string which, DateOnly day)
    {
        var until = UtcDay.Start(day).ToUnixTimeMilliseconds();
        var touched = await scope.Query<long>(
            $"UPDATE tokens SET expires_at = @until WHERE {which} AND expires_at <> @until AND revoked_at IS NULL AND {among} RETURNING id", new { until });
        return (touched, await ProlongBots(scope, touched, UtcDay.Start(day)));
    }

    // A bot whose membership ended first would have a token that opens nothing.
    private static async Task<long> ProlongBots(WriteScope scope, List<long> tokens, DateTimeOffset? until) => tokens.Count == 0 ? 0 : await MemberSql.Prolong(
        scope, $"IN (SELECT t.user_id FROM tokens t JOIN users u ON u.id = t.user_id WHERE u.bot_resource_id IS NOT NULL AND t.id IN ({string.Join(',', tokens)}))", until);

    private static string Name(BulkAction action) => action switch
    {
        BulkAction.Revoke => "revoke",
        BulkAction.RemoveExpiry => "remove_expiry",
        BulkAction.MoveExpiry => "move_expiry",
        _ => "extend",
    };

    private static string Name(DateOnly? day) => day is { } date ? $"{date:yyyy-MM-dd}" : "never";

    private static string Describe(BulkAction action) => action switch
    {
        BulkAction.ExtendTo to => $"expiry set to {to.Day:yyyy-MM-dd}",
        BulkAction.ExtendBy { Span: var span } => $"expiry put off by {span}",
        BulkAction.RemoveExpiry => "expiry removed",
        BulkAction.MoveExpiry move => $"expiry moved from {Name(move.From)} to {Name(move.To)}",
        _ => "revoked",
    };
}
