using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Settings;

namespace Patrol.Server.Web.Check;

/// <summary>What the page says of a token.</summary>
/// <param name="Wanted">The scope that it was asked for, or null.</param>
public sealed record CheckAnswer(Diagnosis? Diagnosis, string? Wanted);

/// <summary>
/// Tells who holds a token why it does not work. Whoever has the text may know what it is, signed in or not: an owner who is
/// blocked cannot sign in. The text comes in the body, is looked up and forgotten.
/// </summary>
internal sealed class CheckPages(TokenVerifier verifier, FailedAuthenticationBan ban, FindAudit audit, SettingsStore settings)
{
    private const int LongestText = 1_000;
    private const int OldLength = 20;

    public void Map(PageRoutes routes)
    {
        routes.Get("/-/token_check", page => Task.FromResult(page.Show<CheckPage>(new CheckAnswer(null, null))), PageAccess.Anyone);
        routes.Post("/-/token_check", Check, PageAccess.Anyone);
    }

    private async Task<IResult> Check(PageRequest page)
    {
        var address = page.Http.Connection.RemoteIpAddress;
        if (ban.IsBanned(address, page.Now))
            return page.Fail(StatusCodes.Status429TooManyRequests, "Too many requests with unknown tokens from this address. Try again later.");
        var text = page.Form["token"].ToString();
        var wanted = ScopeCatalog.Find(page.Field("scope") ?? "");
        return page.Show<CheckPage>(new CheckAnswer(await Diagnose(text, wanted, page), wanted?.Name));
    }

    private async Task<Diagnosis> Diagnose(string text, Scope? wanted, PageRequest page)
    {
        var trimmed = text.Trim();
        if (trimmed.Length == 0)
            return new Diagnosis { Finding = Finding.Empty };
        if (trimmed.Length > LongestText || await verifier.Find(trimmed, page.Now) is not { } known)
        {
            ban.CountFailure(page.Http.Connection.RemoteIpAddress, page.Now);
            var damaged = trimmed.Length <= LongestText && LacksChecksum(trimmed);
            return new Diagnosis { Finding = damaged ? Finding.Damaged : Finding.Unknown };
        }
        var found = new Diagnosis
        {
            Finding = verifier.Judge(known, page.Now) switch
            {
                TokenVerdict.Good when Lacks(known.Token, wanted) => Finding.LacksScope,
                TokenVerdict.Good => Finding.Good,
                TokenVerdict.Expired => Finding.Expired,
                TokenVerdict.Revoked => Finding.Revoked,
                TokenVerdict.OwnerBlocked => Finding.OwnerBlocked,
                TokenVerdict.ImpersonationDisabled => Finding.ImpersonationDisabled,
                _ => Finding.SwitchedOff,
            },
            Token = known.Token,
            Owner = known.Owner,
            HadBlanks = trimmed.Length != text.Length,
        };
        return found.Finding == Finding.Revoked ? found with { RevokedBy = await FindRevocation(known.Token) } : found;
    }

    // The row of the token itself; or, if it was one of many, the row of that moment.
    private async Task<AuditRow?> FindRevocation(Patrol.Server.Tokens.Token token)
    {
        string[] endings = ["token.revoke", "token.rotate", "token.renew", "token.retire"], many = ["token.bulk.revoke", "token.reuse_detected"];
        var at = token.RevokedAt;
        var rows = await audit.Handle(new AuditFilter(null, null, "token", null, at, at), before: null, take: 50);
        return rows.Find(row => row.TargetId == token.Id && endings.Contains(row.Action)) ?? rows.Find(row => many.Contains(row.Action));
    }

    // Tokens without scopes have their owner's rights.
    private static bool Lacks(Patrol.Server.Tokens.Token token, Scope? wanted) =>
        wanted is not null && token.Dialect == TokenDialect.GitLab && !token.Scopes.HasAny(wanted.SatisfiedBy);

    // What older GitLab made, the prefix and twenty characters, has no checksum: such a text may be whole.
    private bool LacksChecksum(string text) =>
        settings.Current.TokenPrefix is { Length: > 0 } prefix && text.StartsWith(prefix, StringComparison.Ordinal) && !RoutableToken.HasValidChecksum(text)
        && (text.Length - prefix.Length != OldLength || text.Contains('.', StringComparison.Ordinal));
}
