using System.Net;
using Patrol.Server.Audit;
using Patrol.Server.Notices;
using Patrol.Server.Storage;

namespace Patrol.Server.Tokens;

/// <summary>
/// Ends all tokens that were rotated from a revoked one. Somebody tried to rotate with a token that is revoked: either its owner
/// or a thief holds an old copy, and nobody can tell which of the newer ones the thief has (GitLab, since 16.3).
/// </summary>
internal sealed class RevokeFamily(Database database)
{
    /// <summary>Revokes every active descendant; answers how many there were.</summary>
    public Task<int> Handle(long tokenId, IPAddress? address, DateTimeOffset now) => database.Write(async scope =>
    {
        var milliseconds = now.ToUnixTimeMilliseconds();
        // updated_at stays, as in GitLab.
        var ended = await scope.Query<long>(
            """
            WITH RECURSIVE family(id) AS (
                SELECT id FROM tokens WHERE previous_id = @tokenId
                UNION
                SELECT t.id FROM tokens t JOIN family f ON t.previous_id = f.id
            )
            UPDATE tokens SET revoked_at = @milliseconds
            WHERE id IN (SELECT id FROM family) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > @milliseconds)
            RETURNING id
            """,
            new { tokenId, milliseconds });
        scope.Changes.Tokens.UnionWith(ended);
        if (ended.Count > 0)
        {
            await AuditLog.Write(
                scope, null, "token.reuse_detected", "token", tokenId,
                $"A revoked token was used to rotate, from {address}. Revoked with it: {string.Join(", ", ended)}", now);
            await TellOwner.Revoked(scope, ended, now);
        }
        return ended.Count;
    });
}
