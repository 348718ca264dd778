using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Patrol.Core.Tokens;

namespace Patrol.AspNetCore.Introspection;

/// <summary>
/// Asks the authority, and remembers the answers: for minutes while it is heard what is revoked, otherwise for the configured seconds,
/// and never beyond expiry. Requests with the same token at the same time ask once.
/// </summary>
internal sealed partial class IntrospectionVerifier(
    string scheme, PatrolOptions options, KeyedDigest digests, Authority authority, RememberedTokens remembered, AuthorityEvents events, TimeProvider time, ILogger logger) : PatrolVerifier
{
    private readonly ConcurrentDictionary<(TokenDigest, long), Lazy<Task<Remembered>>> asking = new();

    public override ValueTask<PatrolVerification> Verify(string text, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length is 0 or > LongestText)
            return ValueTask.FromResult(PatrolVerification.Bad);
        var digest = digests.Of(text);
        return remembered.Find(digest) is { } found && IsFresh(found)
            ? ValueTask.FromResult(Judge(found.Token))
            : new ValueTask<PatrolVerification>(Ask(text, digest, cancellation));
    }

    // An answer that a token is bad has nothing by which to hear that it is good again.
    private bool IsFresh(Remembered found) =>
        time.GetElapsedTime(found.At) < (found.Token is not null && events.AreHeard ? options.CacheDurationWithEvents : options.CacheDuration)
        && !(found.Token?.ExpiresAt <= time.GetUtcNow());

    private PatrolVerification Judge(PatrolToken? token) =>
        token is null || token.ExpiresAt <= time.GetUtcNow() ? PatrolVerification.Bad : PatrolVerification.Good(token);

    private async Task<PatrolVerification> Ask(string text, TokenDigest digest, CancellationToken cancellation)
    {
        // Who comes after a change was heard does not share a question that was asked before it.
        var question = (digest, remembered.Changes);
        var shared = asking.GetOrAdd(question, _ => new Lazy<Task<Remembered>>(() => Learn(text, question)));
        try
        {
            return Judge((await shared.Value.WaitAsync(cancellation)).Token);
        }
        catch (AuthorityAwayException fault)
        {
            NotAnswered(scheme, fault.Message);
            return default;
        }
    }

    private async Task<Remembered> Learn(string text, (TokenDigest Digest, long Changes) question)
    {
        // Also what is answered at once is no longer asked after the others have joined.
        await Task.Yield();
        try
        {
            var at = time.GetTimestamp();
            var learned = new Remembered(await authority.Ask(text), at);
            remembered.Remember(question.Digest, learned, question.Changes);
            return learned;
        }
        finally
        {
            asking.TryRemove(question, out _);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Scheme}: tokens cannot be verified, and requests are refused: {Reason}")]
    private partial void NotAnswered(string scheme, string reason);
}
