using Patrol.Server.Access;
using Patrol.Server.Storage;

namespace Patrol.Server.Tokens;

/// <summary>One page of a list of tokens.</summary>
/// <param name="Tokens">The page.</param>
/// <param name="Total">How many tokens match in all, or some number above the one up to which they were to be counted.</param>
internal sealed record TokenPage(List<Token> Tokens, long Total);

/// <summary>Lists tokens by filter, order and page. Who may see which is the caller's of this to put into the filter.</summary>
internal sealed class FindTokens(TokenIndex index, Database database, LastUseRecorder lastUse)
{
    public async Task<TokenPage> Handle(TokenFilter filter, TokenOrder order, bool descending, long offset, int take, DateTimeOffset now, long countUpTo = long.MaxValue)
    {
        // A use that this very client has just made shows in its list.
        await lastUse.Settle();
        var (ids, total) = await index.Page(filter, order, descending, offset, take, countUpTo, now);
        return new TokenPage(await database.Read(connection => TokenSql.Load(connection, ids)), total);
    }

    /// <summary>The tokens that there are among these, in the order of the ids.</summary>
    public Task<List<Token>> Some(IReadOnlyList<long> ids) => database.Read(connection => TokenSql.Load(connection, ids));

    /// <summary>One token, whoever's it is, or null.</summary>
    public async Task<Token?> One(long id)
    {
        await lastUse.Settle();
        return await database.Read(connection => TokenSql.Find(connection, id));
    }
}
