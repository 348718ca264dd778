using System.Net;
using Dapper;
using Patrol.Core.Tokens;
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
public sealed class TokenVerifier(
    ServerSecret secret, TokenCache cache, GivenTokens given, ChangeFeed feed, Database database, SettingsStore settings,
    LastUseRecorder lastUse, FailedAuthenticationBan ban, Metrics metrics)
{
    private const int LongestText = 1_000;

    /// <summary>Verifies a presented text and, if it is good, records its use.</summary>
    /// <exception cref="DatabaseAwayException">It had to be looked up, and the database is away.</exception>
    public ValueTask<Verification> Verify(string text, IPAddress? address, DateTimeOffset now)
    {
        if (ban.IsBanned(address, now))
            return ValueTask.FromResult(new Verification(TokenVerdict.Unknown, null, Banned: true));
        if (text.Length > LongestText)
            return ValueTask.FromResult(Unknown(address, now));
        var digest = secret.Digest(text);
        if (feed.IsTrusted && cache.Find(digest) is { } snapshot)
            return ValueTask.FromResult(Judge(snapshot, address, now));
        return given.MayExist(text, digest) ? LookUp(digest, address, now) : ValueTask.FromResult(Unknown(address, now));
    }

    /// <summary>The token with this text, whatever its state, without recording a use; or null.</summary>
    public Task<TokenSnapshot?> Find(string text) => Read(secret.Digest(text));

    /// <summary>Judges a token as of now, without recording a use.</summary>
    public TokenVerdict Judge(TokenSnapshot token, DateTimeOffset now)
    {
        var current = settings.Current;
        // Administrators keep theirs, or nobody could turn the setting back.
        return current.DisablePersonalAccessTokens && token.Token.Kind == TokenKind.Personal && !token.Owner.IsAdmin
            ? TokenVerdict.Unknown
            : TokenRules.Judge(token.Facts, current.TokenPolicy, now);
    }

    private async ValueTask<Verification> LookUp(TokenDigest digest, IPAddress? address, DateTimeOffset now)
    {
        metrics.LookedUp();
        var evictions = cache.Evictions;
        if (await Read(digest) is not { } snapshot)
            return Unknown(address, now);
        cache.Remember(digest, snapshot, evictions);
        return Judge(snapshot, address, now);
    }

    private Task<TokenSnapshot?> Read(TokenDigest digest) => database.Read(async connection =>
    {
        if (await TokenSql.FindByDigest(connection, digest) is not { } id || await TokenSql.Find(connection, id) is not { } token)
            return null;
        var owner = await connection.QuerySingleAsync<User>($"SELECT {User.Columns} FROM users u WHERE u.id = @UserId", new { token.UserId });
        return new TokenSnapshot(token, owner, new LastUse(token.LastUsedAt, [.. token.LastUsedIps.Select(IPAddress.Parse)]));
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
