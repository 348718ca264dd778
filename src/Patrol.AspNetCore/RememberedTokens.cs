using System.Collections.Concurrent;
using Patrol.Core.Tokens;

namespace Patrol.AspNetCore;

/// <summary>What was learned of a text.</summary>
/// <param name="Token">The token; null if the text is none that is good.</param>
/// <param name="At">The clock's timestamp from before it was asked for.</param>
internal sealed record Remembered(PatrolToken? Token, long At);

/// <summary>
/// What was learned lately, by the texts' digests, never by the texts. Bounded, good tokens and other texts each by themselves, so that
/// a flood of invented ones drives no good one out. What was learned while anything was forgotten is not remembered: it may be what
/// was to be forgotten.
/// </summary>
internal sealed class RememberedTokens(int capacity)
{
    private readonly Lock turning = new();
    private readonly Generations good = new(capacity);
    private readonly Generations bad = new(capacity);
    private long changes;

    /// <summary>To be read before something is learned, and handed to <see cref="Remember"/>.</summary>
    public long Changes => Volatile.Read(ref changes);

    public Remembered? Find(in TokenDigest digest)
    {
        if (good.FindYoung(digest) is { } found || (found = bad.FindYoung(digest)) is not null)
            return found;
        var seen = Changes;
        if ((found = good.FindOld(digest) ?? bad.FindOld(digest)) is not null)
            Remember(digest, found, seen);
        return found;
    }

    public void Remember(in TokenDigest digest, Remembered learned, long seenChanges)
    {
        lock (turning)
        {
            if (changes != seenChanges)
                return;
            var (place, other) = learned.Token is null ? (bad, good) : (good, bad);
            other.Remove(digest);
            place.Put(digest, learned);
        }
    }

    /// <summary>Forgets these tokens, those of these users, and every text that was no good token: it may be one now.</summary>
    public void Forget(IReadOnlySet<long> tokens, IReadOnlySet<long> users) =>
        Forget(token => tokens.Contains(token.Id) || users.Contains(token.UserId));

    public void ForgetAll() => Forget(_ => true);

    private void Forget(Predicate<PatrolToken> isAffected)
    {
        lock (turning)
        {
            Volatile.Write(ref changes, changes + 1);
            bad.Clear();
            good.RemoveAll(isAffected);
        }
    }

    // Two of half the size each: when the young one is full it becomes the old one, and what nobody asks for goes with the next turn.
    private sealed class Generations(int capacity)
    {
        private ConcurrentDictionary<TokenDigest, Remembered> young = new();
        private ConcurrentDictionary<TokenDigest, Remembered> old = new();
        // Counting a concurrent dictionary takes all its locks.
        private int count;

        public Remembered? FindYoung(in TokenDigest digest) => Volatile.Read(ref young).GetValueOrDefault(digest);

        public Remembered? FindOld(in TokenDigest digest) => Volatile.Read(ref old).GetValueOrDefault(digest);

        public void Put(in TokenDigest digest, Remembered learned)
        {
            if (capacity == 0)
                return;
            if (young.ContainsKey(digest))
                count--;
            if (count >= Math.Max(1, capacity / 2))
            {
                // Within a bound of one there is no room for two generations.
                Volatile.Write(ref old, capacity == 1 ? new() : young);
                Volatile.Write(ref young, new());
                count = 0;
            }
            young[digest] = learned;
            count++;
        }

        public void Remove(in TokenDigest digest)
        {
            if (young.TryRemove(digest, out _))
                count--;
            old.TryRemove(digest, out _);
        }

        public void Clear()
        {
            if (count == 0 && old.IsEmpty)
                return;
            Volatile.Write(ref old, new());
            Volatile.Write(ref young, new());
            count = 0;
        }

        public void RemoveAll(Predicate<PatrolToken> isAffected)
        {
            foreach (var (digest, learned) in young.Concat(old))
            {
                if (isAffected(learned.Token!))
                    Remove(digest);
            }
        }
    }
}
