using System.Diagnostics;
using Dapper;
using Patrol.Core.Notices;
using Patrol.Core.Tokens;
using Patrol.Server.Members;
using Patrol.Server.Outbox;
using Patrol.Server.Storage;
using Patrol.Server.Tokens;
using Patrol.Server.Users;

namespace Patrol.Server.Notices;

/// <summary>
/// Finds out who is to be told of which tokens' end. Which tokens come into question is found in memory: there is deliberately no
/// index on the expiry date in the database. What another server changed in the last moment, and is not heard yet, is found by the next
/// look. Only people who can read a mail and act are told: humans whose account is active.
/// </summary>
internal sealed class FindOwed(Database database, TokenIndex index, FindRecipients recipients)
{
    private const int TokensPerQuery = 500;
    private const int ResourcesPerQuery = 500;

    private static string Select(string ids) => $"""
        SELECT t.id, t.user_id, t.expires_at, u.kind AS user_kind, u.state, u.bot_resource_kind, u.bot_resource_id
        FROM tokens t JOIN users u ON u.id = t.user_id
        WHERE t.id IN ({ids}) AND t.dialect = @dialect AND t.kind <> {(int)TokenKind.Impersonation} AND t.revoked_at IS NULL
          AND t.expires_at >= @from AND t.expires_at <= @to
        """;

    private static string Told(string ids) => $"""
        SELECT token_id, expires_at, within_days, recipient_kind, recipient_id FROM notices
        WHERE token_id IN ({ids}) AND expires_at >= @from AND expires_at <= @to
        """;

    /// <summary>What is owed.</summary>
    /// <param name="policy">When people are told.</param>
    /// <param name="dialect">Of which tokens.</param>
    /// <param name="since">The instant up to which ends have been told.</param>
    /// <param name="now">The instant that decides.</param>
    /// <param name="stopping">Ends the search.</param>
    public async Task<OwedList> Handle(NoticePolicy policy, TokenDialect dialect, DateTimeOffset since, DateTimeOffset now, CancellationToken stopping)
    {
        var gathered = new Gathered(policy, since, now);
        var (from, to) = policy.Reach(since, now);
        var ids = await index.All(new TokenFilter { Dialect = dialect, Revoked = false, EndsFrom = from, EndsTo = to }, now);
        foreach (var part in ids.Chunk(TokensPerQuery))
        {
            stopping.ThrowIfCancellationRequested();
            var started = Stopwatch.GetTimestamp();
            var list = string.Join(',', part);
            var range = new { dialect = (long)dialect, from = from.ToUnixTimeMilliseconds(), to = to.ToUnixTimeMilliseconds() };
            var (due, told) = await database.Read(async connection => (
                (await connection.QueryAsync<DueRow>(Select(list), range)).AsList(),
                await connection.QueryAsync<ToldRow>(Told(list), range)));
            gathered.Add(due, told.ToLookup(row => (row.TokenId, row.ExpiresAt)));
            await Pace.Rest(started, stopping);
        }
        foreach (var part in gathered.Resources.Chunk(ResourcesPerQuery))
        {
            stopping.ThrowIfCancellationRequested();
            var found = await recipients.Handle(part, now);
            foreach (var resource in part)
                gathered.Spread(resource, found[resource]);
        }
        return gathered.ToList();
    }

    private sealed class Gathered(NoticePolicy policy, DateTimeOffset since, DateTimeOffset now)
    {
        // GitLab calls webhooks in its narrowest window alone.
        private readonly int hookWindow = policy.WarningDays.Count == 0 ? -1 : policy.WarningDays.Min();
        private readonly Dictionary<(RecipientKind, long, int), List<OwedToken>> byRecipient = [];
        private readonly Dictionary<ResourceRef, List<(OwedToken Token, ToldRow[] Told)>> byResource = [];
        private readonly List<long> unheard = [];

        public IEnumerable<ResourceRef> Resources => byResource.Keys;

        public void Add(List<DueRow> due, ILookup<(long, long), ToldRow> told)
        {
            foreach (var row in due)
            {
                var token = new OwedToken(row.Id, row.ExpiresAt);
                if (NoticeRules.Owed(policy, End(token), told: null, since, now) is null)
                    continue;
                if (row.BotResourceId is { } id)
                {
                    var resource = new ResourceRef(row.BotResourceKind == 1, id);
                    if (!byResource.TryGetValue(resource, out var tokens))
                        byResource.Add(resource, tokens = []);
                    tokens.Add((token, [.. told[(row.Id, row.ExpiresAt)]]));
                }
                else if (row.UserKind == (long)UserKind.Human && row.State == User.Active)
                    Owe(RecipientKind.Person, row.UserId, token, told[(row.Id, row.ExpiresAt)]);
                else
                    unheard.Add(row.Id);
            }
        }

        public void Spread(ResourceRef resource, List<(RecipientKind Kind, long Id)> recipients)
        {
            foreach (var (token, told) in byResource[resource])
            {
                foreach (var (kind, id) in recipients)
                    Owe(kind, id, token, told);
                if (!recipients.Exists(one => one.Kind == RecipientKind.Person))
                    unheard.Add(token.Id);
            }
        }

        public OwedList ToList() => new(
            [
                .. byRecipient.Select(pair => new Owed(
                    pair.Key.Item1, pair.Key.Item2, pair.Key.Item3, [.. pair.Value.OrderBy(token => token.ExpiresAt).ThenBy(token => token.Id)])),
            ],
            unheard);

        private void Owe(RecipientKind kind, long id, OwedToken token, IEnumerable<ToldRow> told)
        {
            int? narrowest = null;
            foreach (var row in told)
            {
                if (row.RecipientKind == (long)kind && row.RecipientId == id && !(narrowest <= row.WithinDays))
                    narrowest = (int)row.WithinDays;
            }
            if (NoticeRules.Owed(policy, End(token), narrowest, since, now) is not { } within || (kind == RecipientKind.Hook && within != hookWindow))
                return;
            if (!byRecipient.TryGetValue((kind, id, within), out var tokens))
                byRecipient.Add((kind, id, within), tokens = []);
            tokens.Add(token);
        }

        private static DateTimeOffset End(OwedToken token) => DateTimeOffset.FromUnixTimeMilliseconds(token.ExpiresAt);
    }

    private sealed record DueRow
    {
        public long Id { get; init; }
        public long UserId { get; init; }
        public long ExpiresAt { get; init; }
        public long UserKind { get; init; }
        public string State { get; init; } = "";
        public long? BotResourceKind { get; init; }
        public long? BotResourceId { get; init; }
    }

    private sealed record ToldRow
    {
        public long TokenId { get; init; }
        public long ExpiresAt { get; init; }
        public long WithinDays { get; init; }
        public long RecipientKind { get; init; }
        public long RecipientId { get; init; }
    }
}
