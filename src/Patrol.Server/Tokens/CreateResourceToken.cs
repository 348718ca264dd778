using System.Security.Cryptography;
using Patrol.Core.Directory;
using Patrol.Core.Lifetimes;
using Patrol.Core.Results;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Members;
using Patrol.Server.Settings;
using Patrol.Server.Storage;
using Patrol.Server.Users;

namespace Patrol.Server.Tokens;

/// <summary>What a new token of a project or group is to be.</summary>
/// <param name="Host">The server's host name, for the bot's address.</param>
internal sealed record ResourceTokenOrder(
    string Name, string? Description, ScopeSet Scopes, DateOnly? ExpiresOn, AccessLevel AccessLevel, string Host);

/// <summary>
/// Makes a token of a project or group, together with the bot user that it belongs to and the bot's membership.
/// </summary>
internal sealed class CreateResourceToken(Database database, TokenIssuer issuer, SettingsStore settings)
{
    private const int BotNameBytes = 16;

    /// <summary>Makes the token.</summary>
    /// <param name="caller">A member who manages the resource's tokens, or an administrator; not a bot.</param>
    /// <param name="resource">The project or group, as the caller sees it.</param>
    /// <param name="order">What it is to be.</param>
    /// <param name="now">The instant of the request.</param>
    public async Task<Result<IssuedToken>> Handle(Caller caller, VisibleResource resource, ResourceTokenOrder order, DateTimeOffset now)
    {
        var (isGroup, id) = resource.Resource;
        var kind = isGroup ? "group" : "project";
        if (caller.User.IsBot || resource.Level < AccessRules.ManagesTokens(isGroup))
            return new Refusal.WrongState($"User does not have permission to create {kind} access token");
        if (order.AccessLevel > resource.Level)
            return new Refusal.WrongState("Access level of the token contains permissions not held by the creating user");

        var policy = settings.Current.Lifetime;
        var today = UtcDay.Of(now);
        var checkedDraft = TokenDraft.Check(
            order.Name, order.Description, order.Scopes, order.ExpiresOn ?? policy.DefaultFor(today), policy, today,
            ownerIsAdministrator: false, ownerIsBot: true);
        if (!checkedDraft.Succeeded(out var draft, out var refusal))
            return refusal;

        var username = $"{kind}_{id}_bot_{RandomNumberGenerator.GetHexString(BotNameBytes * 2, lowercase: true)}";
        var bot = new User
        {
            Username = username,
            Name = draft.Name,
            Email = $"{username}@noreply.{order.Host}",
            Kind = UserKind.Bot,
            IsExternal = caller.User.IsExternal,
            BotResourceKind = resource.Resource.Kind,
            BotResourceId = id,
            CreatedBy = caller.User.Id,
        };
        return await database.Write<Result<IssuedToken>>(async scope =>
        {
            var botId = await UserSql.Insert(scope, bot, passwordHash: null, now);
            await MemberSql.Insert(scope, resource.Resource, botId, order.AccessLevel, expiresAt: null, caller.User.Id, now);
            var issued = await issuer.Issue(scope, isGroup ? TokenKind.Group : TokenKind.Project, botId, draft, now);
            await AuditLog.Write(
                scope, caller, "token.create", "token", issued.Token.Id, $"{kind} token for {resource.FullPath}, scopes {draft.Scopes}", now);
            return issued with { Token = issued.Token with { Bot = new BotPlace(isGroup, id, (long)order.AccessLevel) } };
        });
    }
}
