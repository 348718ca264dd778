using System.Data.Common;
using Microsoft.Extensions.Logging;
using Patrol.Core.Tokens;

namespace Patrol.AspNetCore.InProcess;

/// <summary>Looks tokens up in the authority's database, and in memory for as long as it is heard what changes there.</summary>
internal sealed partial class DatabaseVerifier(
    string scheme, KeyedDigest digests, SharedDatabase database, RememberedTokens remembered, DatabaseChanges changes, TimeProvider time, ILogger logger) : PatrolVerifier
{
    public override ValueTask<PatrolVerification> Verify(string text, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length is 0 or > LongestText)
            return ValueTask.FromResult(PatrolVerification.Bad);
        var digest = digests.Of(text);
        return changes.AreHeard && remembered.Find(digest) is { } found
            ? ValueTask.FromResult(found.Token is { } token && !(token.ExpiresAt <= time.GetUtcNow()) ? PatrolVerification.Good(token) : PatrolVerification.Bad)
            : new ValueTask<PatrolVerification>(LookUp(digest, cancellation));
    }

    private async Task<PatrolVerification> LookUp(TokenDigest digest, CancellationToken cancellation)
    {
        var seen = remembered.Changes;
        try
        {
            var token = await database.Find(digest, time.GetUtcNow(), cancellation);
            remembered.Remember(digest, new Remembered(token, At: 0), seen);
            return token is null ? PatrolVerification.Bad : PatrolVerification.Good(token);
        }
        catch (Exception fault) when (fault is DbException or TimeoutException or IOException)
        {
            NotRead(scheme, fault.Message);
            return default;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Scheme}: tokens cannot be verified, and requests are refused: {Reason}")]
    private partial void NotRead(string scheme, string reason);
}
