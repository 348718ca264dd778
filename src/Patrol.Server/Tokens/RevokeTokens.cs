using Patrol.Core.Results;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Storage;

namespace Patrol.Server.Tokens;

/// <summary>Which tokens were ended, and which were not there to be ended.</summary>
internal sealed record RevokedTokens(IReadOnlyList<long> Revoked, IReadOnlyList<long> NotFound);

/// <summary>Ends many tokens of one dialect by their ids, all in one transaction. Administrators only.</summary>
internal sealed class RevokeTokens(Database database)
{
    /// <summary>Revokes those that there are and that are not revoked yet.</summary>
    public async Task<Result<RevokedTokens>> Handle(Caller caller, TokenDialect dialect, IReadOnlyCollection<long> ids, DateTimeOffset now)
    {
        if (!caller.IsAdmin)
            return new Refusal.Forbidden();
        var asked = ids.Distinct().ToList();
        var revoked = await database.Write(async scope =>
        {
            var ended = await TokenSql.RevokeAll(scope, dialect, asked, now);
            foreach (var (id, name) in ended)
                await AuditLog.Write(scope, caller, "token.revoke", "token", id, name, now);
            return ended;
        });
        return new RevokedTokens([.. asked.Where(revoked.ContainsKey)], [.. asked.Where(id => !revoked.ContainsKey(id))]);
    }
}
