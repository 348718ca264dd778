using Microsoft.Extensions.DependencyInjection;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Settings;
using Patrol.Server.Storage;
using Patrol.Server.Tokens;

namespace Patrol.Tests.Kit;

/// <summary>Puts a server into a state that its API alone would not, or not yet, lead to.</summary>
internal static class GivenToken
{
    /// <summary>Stores a token with that text, in whatever state the test wants.</summary>
    public static async Task<Token> Give(
        this PatrolApp app, string text, string scopes = "api", long userId = 1, TokenKind kind = TokenKind.Personal,
        DateTimeOffset? expiresAt = null, bool revoked = false, string name = "given")
    {
        var now = app.Clock.GetUtcNow();
        var token = new Token
        {
            Id = 0,
            Dialect = TokenDialect.GitLab,
            Kind = kind,
            UserId = userId,
            Name = name,
            Scopes = ScopeSet.FromStored(scopes),
            CreatedAt = now,
            UpdatedAt = now,
            ExpiresAt = expiresAt,
        };
        var digest = TokenDigest.Of(app.Services.GetRequiredService<ServerSecret>().Key, text);
        return await app.Store().Write(async scope =>
        {
            var stored = await TokenSql.Insert(scope, token, digest, given: true);
            if (revoked)
                await TokenSql.Revoke(scope, stored.Id, now);
            return stored;
        });
    }

    public static Task Revoke(this PatrolApp app, Token token) =>
        app.Store().Write(scope => (Task)TokenSql.Revoke(scope, token.Id, app.Clock.GetUtcNow()));

    public static Task Change(this PatrolApp app, Func<InstanceSettings, InstanceSettings> change) =>
        app.Store().Write(scope => (Task)app.Services.GetRequiredService<SettingsStore>().Change(scope, change));

    public static Database Store(this PatrolApp app) => app.Services.GetRequiredService<Database>();
}
