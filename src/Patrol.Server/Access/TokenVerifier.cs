using System.Net;
using Dapper;
using Patrol.Core.Tokens;
using Patrol.Server.Imports;
using Patrol.Server.Settings;
using Patrol.Server.Storage;
using Patrol.Server.Telemetry;
using Patrol.Server.Tokens;
using Patrol.Server.Users;

namespace Patrol.Server.Access;

/// <summary>What came of verifying a presented text.</summary>
/// <param name="Verdict">Whether the token is good.</param>
/// <param name="Token">The token, unless it is unknown.</param>
/// <param name="Banned">The address is shut out; nothing was looked up.</param>
public readonly record struct Verification(TokenVerdict Verdict, TokenSnapshot? Token, bool Banned = false);

/// <summary>
/// The product's hot path: is this text a good token? Memory first; the database only for texts that can exist;
/// every answer judged against the clock and the settings of this moment.
/// </summary>
internal sealed class TokenVerifier(
    ServerSecret secret, TokenCache cache, GivenTokens given, ForeignTokens foreign, ChangeFeed feed, Database database, SettingsStore settings,
    LastUseRecorder lastUse, FailedAuthenticationBan ban, Metrics metrics)
{
    private const int LongestText = 1_000;

    /// <summary>Verifies a presented text and, if it is good, records its use.</summary>
    /// <exception cref="DatabaseAwayException">It had to be looked up, and the database is away.</exception>
    /// <exception cref="OverloadedException">Too many texts are tried for the same imported token.</exception>
    public ValueTask<Verification> Verify(string text, IPAddress? address, DateTimeOffset now)
    {
        if (ban.IsBanned(address, now))
            return ValueTask.FromResult(new Verification(TokenVerdict.Unknown, null, Banned: true));
        if (text.Length > LongestText)
            return ValueTask.FromResult(Unknown(address, now));
        var digest = secret.Digest(text);
        if (feed.IsTrusted && cache.Find(digest) is { } snapshot && IsFresh(snapshot, now))
        {
            metrics.Hit();
            return ValueTask.FromResult(Judge(snapshot, address, now));
        }
        if (foreign.IsCrowded(text))
            throw new OverloadedException();
        return given.MayExist(text, digest) || foreign.MayExist(text) ? LookUp(text, digest, address, now) : ValueTask.FromResult(Unknown(address, now));
    }

    /// <summary>The token with this text, whatever its state, without recording a use; or null.</summary>
    public async Task<TokenSnapshot?> Find(string text, DateTimeOffset now)
    {
        var digest = secret.Digest(text);
        return await Read(digest, now) ?? await ReadForeign(text, digest, now);
    }

    /// <summary>Judges a token as of now, without recording a use.</summary>
    public TokenVerdict Judge(TokenSnapshot token, DateTimeOffset now)
    {
        var current = settings.Current;
        // Administrators keep theirs, or nobody could turn the setting back.
        var dialect = token.Token.Dialect;
        return current.DisablePersonalAccessTokens && dialect == TokenDialect.GitLab && token.Token.Kind == TokenKind.Personal && !token.Owner.IsAdmin
            ? TokenVerdict.Unknown
            : TokenRules.Judge(token.Facts, current.TokenPolicyOf(dialect), now);
    }

    // Atlassian's property; what changes is evicted all the same.
    private bool IsFresh(TokenSnapshot token, DateTimeOffset now) =>
        token.Token.Dialect == TokenDialect.GitLab || now - token.ReadAt < TimeSpan.FromMinutes(settings.Current.Atlassian.AuthCacheExpiryMins);

    private async ValueTask<Verification> LookUp(string text, TokenDigest digest, IPAddress? address, DateTimeOffset now)
    {
        metrics.LookedUp();
        var evictions = cache.Evictions;
        if ((await Read(digest, now) ?? await ReadForeign(text, digest, now)) is not { } snapshot)
            return Unknown(address, now);
        cache.Remember(digest, snapshot, evictions);
        return Judge(snapshot, address, now);
    }

    // Whichever request put our digest in the place of the foreign one, perhaps since this one looked first.
    private async Task<TokenSnapshot?> ReadForeign(string text, TokenDigest digest, DateTimeOffset now)
    {
        if (!foreign.MayExist(text))
            return null;
        await foreign.Adopt(text, digest);
        return await Read(digest, now);
    }

    private Task<TokenSnapshot?> Read(TokenDigest digest, DateTimeOffset now) => database.Read(async connection =>
    {
        if (await TokenSql.FindByDigest(connection, digest) is not { } id || await TokenSql.Find(connection, id) is not { } token)
            return null;
        // Who was deleted since the token was read took it along.
        if (await connection.QuerySingleOrDefaultAsync<User>($"SELECT {User.Columns} FROM users u WHERE u.id = @UserId", new { token.UserId }) is not { } owner)
            return null;
        return new TokenSnapshot(token, owner, new LastUse(token.LastUsedAt, [.. token.LastUsedIps.Select(IPAddress.Parse)])) { ReadAt = now };
    });

    private Verification Judge(TokenSnapshot snapshot, IPAddress? address, DateTimeOffset now)
    {
        var verdict = Judge(snapshot, now);
        metrics.Verified(verdict);
        if (verdict == TokenVerdict.Good)
        {
            ban.Forgive(address);
            lastUse.Record(snapshot, address, now);
        }
        return new Verification(verdict, snapshot);
    }

    private Verification Unknown(IPAddress? address, DateTimeOffset now)
    {
        metrics.Verified(TokenVerdict.Unknown);
        if (ban.CountFailure(address, now))
            metrics.Banned();
        return new Verification(TokenVerdict.Unknown, null);
    }
}
