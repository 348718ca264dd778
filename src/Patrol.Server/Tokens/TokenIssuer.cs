using System.Security.Cryptography;
using Patrol.Core.Lifetimes;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Settings;
using Patrol.Server.Storage;
using Patrol.Server.Users;

namespace Patrol.Server.Tokens;

/// <summary>
/// Makes tokens: chooses the text, stores its digest, and hands the text out this once. Every new token of every kind comes
/// through here.
/// </summary>
internal sealed class TokenIssuer(ServerSecret secret, SettingsStore settings)
{
    // The one organization, of which GitLab's texts name the number.
    private const long Organization = 1;

    /// <summary>Makes a token with a text of our own.</summary>
    public Task<IssuedToken> Issue(
        WriteScope scope, TokenKind kind, long userId, TokenDraft draft, DateTimeOffset now, long? previousId = null)
    {
        var text = RoutableToken.Create(
            settings.Current.TokenPrefix, Organization, userId, RandomNumberGenerator.GetBytes(RoutableToken.RandomBytes));
        return Store(scope, kind, userId, draft, text, given: false, now, previousId);
    }

    /// <summary>Makes a token with a text that somebody else chose.</summary>
    /// <exception cref="System.Data.Common.DbException">A duplicate: another token has this text.</exception>
    public Task<IssuedToken> IssueGiven(WriteScope scope, TokenKind kind, long userId, TokenDraft draft, Secret text, DateTimeOffset now) =>
        Store(scope, kind, userId, draft, text, given: true, now, previousId: null);

    /// <summary>Makes a token of Atlassian's dialect.</summary>
    public async Task<IssuedToken> IssueNumbered(WriteScope scope, User owner, UnscopedDraft draft, DateTimeOffset now)
    {
        var text = NumberedToken.Create(RandomNumberGenerator.GetBytes(sizeof(ulong) + NumberedToken.RandomBytes), secret.Digest);
        var token = new Token
        {
            Id = 0,
            Dialect = TokenDialect.Atlassian,
            Kind = TokenKind.Personal,
            UserId = owner.Id,
            Name = draft.Name,
            Scopes = ScopeSet.Unlimited(owner.IsAdmin),
            CreatedAt = now,
            UpdatedAt = now,
            ExpiresAt = draft.ExpiresAt,
        };
        return new IssuedToken(await TokenSql.Insert(scope, token, secret.Digest(text.Reveal()), given: false), text);
    }

    private async Task<IssuedToken> Store(
        WriteScope scope, TokenKind kind, long userId, TokenDraft draft, Secret text, bool given, DateTimeOffset now, long? previousId)
    {
        var token = new Token
        {
            Id = 0,
            Dialect = TokenDialect.GitLab,
            Kind = kind,
            UserId = userId,
            Name = draft.Name,
            Description = draft.Description,
            Scopes = draft.Scopes,
            CreatedAt = now,
            UpdatedAt = now,
            ExpiresAt = draft.ExpiresOn is { } day ? UtcDay.Start(day) : null,
            PreviousId = previousId,
        };
        return new IssuedToken(await TokenSql.Insert(scope, token, secret.Digest(text.Reveal()), given), text);
    }
}
