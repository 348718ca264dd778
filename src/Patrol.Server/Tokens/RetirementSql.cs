using Patrol.Server.Storage;

namespace Patrol.Server.Tokens;

/// <summary>The table of renewed tokens that go on working until an instant at which they are to be revoked.</summary>
internal static class RetirementSql
{
    /// <summary>True if the token is not revoked. Holds its row, so that nobody revokes it before the transaction ends.</summary>
    public static async Task<bool> Hold(WriteScope scope, long id) =>
        await scope.Execute("UPDATE tokens SET revoked_at = NULL WHERE id = @id AND revoked_at IS NULL", new { id }) == 1;

    /// <summary>Lets the token go on working until an instant at which it is to be revoked.</summary>
    public static async Task Retire(WriteScope scope, long id, DateTimeOffset at)
    {
        await scope.Execute(
            "INSERT INTO retirements (token_id, at) VALUES (@id, @at) ON CONFLICT (token_id) DO UPDATE SET at = @at", new { id, at = at.ToUnixTimeMilliseconds() });
        scope.Changes.Tokens.Add(id);
    }

    /// <summary>The tokens that are to be revoked by now, which are forgotten with that.</summary>
    public static Task<List<long>> TakeRetired(WriteScope scope, DateTimeOffset now, int most) => scope.Query<long>(
        "DELETE FROM retirements WHERE token_id IN (SELECT token_id FROM retirements WHERE at <= @now ORDER BY at LIMIT @most) RETURNING token_id",
        new { now = now.ToUnixTimeMilliseconds(), most = (long)most });
}
