using Patrol.Core.Lifetimes;
using Patrol.Core.Results;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Notices;
using Patrol.Server.Settings;
using Patrol.Server.Storage;
using Patrol.Server.Users;

namespace Patrol.Server.Tokens;

/// <summary>What a new token of a person is to be.</summary>
/// <param name="ExpiresOn">The day asked for; null for the default.</param>
/// <param name="DefaultsToLatest">Without a day, the latest allowed one is taken; else a missing day is refused where one is needed.</param>
internal sealed record PersonalTokenOrder(
    TokenKind Kind, long UserId, string Name, string? Description, ScopeSet Scopes, DateOnly? ExpiresOn, bool DefaultsToLatest);

/// <summary>
/// Makes a personal or impersonation token: for oneself, or by an administrator for anybody. With a given text it is how other
/// systems' tokens are brought here.
/// </summary>
internal sealed class CreatePersonalToken(Database database, TokenIssuer issuer, SettingsStore settings)
{
    /// <summary>Makes the token.</summary>
    /// <param name="caller">The user themself or an administrator.</param>
    /// <param name="order">What it is to be.</param>
    /// <param name="given">A text that it is to have, or null for a new one.</param>
    /// <param name="now">The instant of the request.</param>
    public async Task<Result<IssuedToken>> Handle(Caller caller, PersonalTokenOrder order, Secret? given, DateTimeOffset now)
    {
        if (given is not null && given.Reveal().Length is < GivenTokenText.MinimumLength or > GivenTokenText.MaximumLength)
            return new Refusal.Invalid("token", $"must have {GivenTokenText.MinimumLength} to {GivenTokenText.MaximumLength} characters");
        var owner = await database.Read(connection => UserSql.Find(connection, order.UserId));
        if (owner is null)
            return new Refusal.NotFound("User");
        if (!caller.IsAdmin && !caller.Is(owner.Id))
            return new Refusal.Forbidden();
        if (!owner.IsActive || (settings.Current.DisablePersonalAccessTokens && !owner.IsAdmin))
            return new Refusal.WrongState("Not permitted to create");

        var today = UtcDay.Of(now);
        var policy = settings.Current.Lifetime with { ExpiryRequired = MustExpire(owner) };
        var expiresOn = order.ExpiresOn ?? (order.DefaultsToLatest ? policy.DefaultFor(today) : null);
        var checkedDraft = TokenDraft.Check(order.Name, order.Description, order.Scopes, expiresOn, policy, today, owner.IsAdmin, owner.IsBot);
        if (!checkedDraft.Succeeded(out var draft, out var refusal))
            return refusal;
        try
        {
            return await database.Write(async scope =>
            {
                var issued = given is null
                    ? await issuer.Issue(scope, order.Kind, owner.Id, draft, now)
                    : await issuer.IssueGiven(scope, order.Kind, owner.Id, draft, given, now);
                await AuditLog.Write(
                    scope, caller, "token.create", "token", issued.Token.Id,
                    $"{order.Kind.ToString().ToLowerInvariant()} token for {owner.Username}, scopes {draft.Scopes}", now);
                await TellOwner.Created(scope, issued.Token, now);
                return issued;
            });
        }
        catch (System.Data.Common.DbException fault) when (database.IsDuplicate(fault))
        {
            return new Refusal.Conflict("Another token has this text");
        }
    }

    private bool MustExpire(User owner) => owner.Kind == UserKind.ServiceAccount
        ? settings.Current.ServiceAccessTokensExpirationEnforced
        : settings.Current.RequirePersonalAccessTokenExpiry;
}
