using System.Globalization;
using Patrol.Core.Results;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Settings;
using Patrol.Server.Storage;
using Patrol.Server.Users;

namespace Patrol.Server.Tokens;

/// <summary>
/// Makes a token of Atlassian's dialect: for oneself alone, without scopes, as many as the properties allow.
/// </summary>
internal sealed class CreateUnscopedToken(Database database, TokenIssuer issuer, SettingsStore settings)
{
    /// <summary>What is said where Atlassian's tokens are switched off.</summary>
    public static readonly Refusal SwitchedOff = new Refusal.Forbidden("Personal access tokens are disabled");

    /// <summary>Makes the token.</summary>
    /// <param name="caller">Whose it will be.</param>
    /// <param name="name">Its name.</param>
    /// <param name="days">How many days of 24 hours it lasts; null for ever.</param>
    /// <param name="now">The instant of the request.</param>
    public async Task<Result<IssuedToken>> Handle(Caller caller, string? name, long? days, DateTimeOffset now)
    {
        var properties = settings.Current.Atlassian;
        if (!properties.Enabled)
            return SwitchedOff;
        if (caller.User.Kind != UserKind.Human)
            return new Refusal.Forbidden("Only people have personal access tokens");
        if (!UnscopedDraft.Check(name, properties.TokenNameLength, days, properties.Lifetime, now).Succeeded(out var draft, out var refusal))
            return refusal;
        return await database.Write<Result<IssuedToken>>(async scope =>
        {
            // Two requests at the same moment: the second one waits here, and counts the first one's token.
            if (!await UserSql.HoldActive(scope, caller.User.Id, passwordHash: null))
                return new Refusal.Forbidden("Your account has been blocked");
            if (await TokenSql.CountLiving(scope, caller.User.Id, TokenDialect.Atlassian, now) >= properties.MaxTokensPerUser)
                return new Refusal.WrongState(string.Create(CultureInfo.InvariantCulture, $"You can't create more than {properties.MaxTokensPerUser} tokens."));
            var issued = await issuer.IssueNumbered(scope, caller.User, draft, now);
            await AuditLog.Write(scope, caller, "token.create", "token", issued.Token.Id, $"atlassian token for {caller.User.Username}", now);
            return issued;
        });
    }
}
