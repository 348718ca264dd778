using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Storage;

namespace Patrol.Server.Audit;

/// <summary>
/// The trail of who did what: one row an action, written in the transaction that does it, never changed.
/// </summary>
internal static class AuditLog
{
    /// <summary>Writes a row.</summary>
    /// <param name="scope">The transaction that does what is written down.</param>
    /// <param name="caller">Who; null for the server itself.</param>
    /// <param name="action">What, as <c>token.revoke</c>.</param>
    /// <param name="targetKind">To what: <c>token</c>, <c>user</c>…</param>
    /// <param name="targetId">Its id; null where it is many.</param>
    /// <param name="detail">In words, without secrets.</param>
    /// <param name="now">When.</param>
    public static Task Write(
        WriteScope scope, Caller? caller, string action, string targetKind, long? targetId, string detail, DateTimeOffset now) =>
        scope.Execute(
            """
            INSERT INTO audit (at, actor_id, actor, via, action, target_kind, target_id, detail, ip)
            VALUES (@at, @actorId, @actor, @via, @action, @targetKind, @targetId, @detail, @ip)
            """,
            new
            {
                at = now.ToUnixTimeMilliseconds(),
                actorId = caller?.User.Id,
                actor = caller?.User.Username ?? "patrol-server",
                via = Via(caller),
                action,
                targetKind,
                targetId,
                detail,
                ip = caller?.Address?.ToString(),
            });

    // A column of its own: details hold names that people choose, in which anybody could write the same.
    private static string? Via(Caller? caller) => caller?.Presented switch
    {
        { } by when !caller.Is(by.Owner.Id) => $"sudo by {by.Owner.Username}, token {by.Token.Id}",
        { Token: { Kind: TokenKind.Impersonation } token } => $"impersonation token {token.Id}",
        _ => null,
    };
}
