using System.Data.Common;
using System.Diagnostics;
using Patrol.Core.Notices;
using Patrol.Core.Tokens;
using Patrol.Server.Outbox;
using Patrol.Server.Storage;
using Patrol.Server.Webhooks;

namespace Patrol.Server.Notices;

/// <summary>How much was posted.</summary>
internal sealed record ToldCount(int People, int Hooks, int Tokens);

/// <summary>
/// Posts what is owed, once for each token, window, expiry date and recipient, whoever else does the same at the same time: what
/// somebody is told, and that they are told it, is one transaction.
/// </summary>
internal sealed class TellOwed(Database database, FindOwed find, ExpiringTokenEvents events)
{
    private const int TokensPerTransaction = 1_000;
    private const int MostRaces = 20;

    /// <inheritdoc cref="FindOwed.Handle"/>
    public async Task<ToldCount> Handle(NoticePolicy policy, TokenDialect dialect, DateTimeOffset since, DateTimeOffset now, CancellationToken stopping)
    {
        for (var race = 1; ; race++)
        {
            var owed = (await find.Handle(policy, dialect, since, now, stopping)).Notices;
            try
            {
                foreach (var part in InParts(owed))
                {
                    stopping.ThrowIfCancellationRequested();
                    var started = Stopwatch.GetTimestamp();
                    await Post(part, now);
                    await Pace.Rest(started, stopping);
                }
                return new ToldCount(
                    owed.Where(one => one.Kind == RecipientKind.Person).Select(one => one.RecipientId).Distinct().Count(),
                    owed.Where(one => one.Kind == RecipientKind.Hook).Select(one => one.RecipientId).Distinct().Count(),
                    owed.SelectMany(one => one.Tokens).Select(token => token.Id).Distinct().Count());
            }
            catch (DbException fault) when (database.IsDuplicate(fault) && race < MostRaces)
            {
                // Another server is at the same work: what it has posted is owed no more.
            }
        }
    }

    private static IEnumerable<List<Owed>> InParts(IEnumerable<Owed> owed)
    {
        var part = new List<Owed>();
        var tokens = 0;
        foreach (var one in owed)
        {
            part.Add(one);
            if ((tokens += one.Tokens.Count) < TokensPerTransaction)
                continue;
            yield return part;
            (part, tokens) = ([], 0);
        }
        if (part.Count > 0)
            yield return part;
    }

    private async Task Post(List<Owed> part, DateTimeOffset now)
    {
        var items = new List<(Owed Owed, IReadOnlyList<OwedToken> Tokens, (RecipientKind, long, string) Item)>();
        foreach (var one in part.Where(one => one.Kind == RecipientKind.Person))
            items.Add((one, one.Tokens, (one.Kind, one.RecipientId, LetterBody.Of(one).ToJson())));
        var hooks = part.Where(one => one.Kind == RecipientKind.Hook).ToList();
        var bodies = await events.Handle(hooks.SelectMany(one => one.Tokens).Select(token => token.Id).Distinct().ToList());
        foreach (var one in hooks)
        {
            // A call for each token, as GitLab does. A token that has gone in between has none.
            items.AddRange(one.Tokens.Where(token => bodies.ContainsKey(token.Id))
                .Select(token => (one, (IReadOnlyList<OwedToken>)[token], (one.Kind, one.RecipientId, bodies[token.Id]))));
        }
        var more = new List<(Owed Owed, OwedToken[] Tokens, long OutboxId)>();
        await database.Write(async scope =>
        {
            var ids = await OutboxSql.Post(scope, items.ConvertAll(item => item.Item), now);
            foreach (var (owed, tokens, item) in items)
            {
                await NoticeSql.Insert(scope, owed, tokens.Take(TokensPerTransaction), ids[item]);
                more.AddRange(tokens.Skip(TokensPerTransaction).Chunk(TokensPerTransaction).Select(rest => (owed, rest, ids[item])));
            }
        });
        // Who has thousands of tokens is told of their number in one letter, and nobody else waits while all are written down.
        foreach (var (owed, tokens, outboxId) in more)
            await database.Write(scope => NoticeSql.Insert(scope, owed, tokens, outboxId));
    }
}
