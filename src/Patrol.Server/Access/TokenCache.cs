using System.Collections.Concurrent;
using Patrol.Core.Tokens;
using Patrol.Server.Storage;

namespace Patrol.Server.Access;

/// <summary>
/// Remembers tokens in use, so that verifying one costs a look-up in memory. Bounded: two generations of half the size each;
/// when the young one is full it becomes the old one, and what nobody asks for goes with the next turn.
/// An entry is never older than the last change to its token or owner: changes evict, and a reading that was under way while
/// anything was evicted is used but not remembered.
/// </summary>
public sealed class TokenCache(int capacity) : IChangeListener
{
    private readonly Lock turning = new();
    private Generation young = new();
    private Generation old = new();
    private long evictions;

    /// <summary>To be read before a token is read from the database, and handed to <see cref="Remember"/>.</summary>
    public long Evictions => Volatile.Read(ref evictions);

    /// <summary>How many tokens are remembered.</summary>
    public int Count => young.ByDigest.Count + old.ByDigest.Count;

    public TokenSnapshot? Find(in TokenDigest digest)
    {
        if (Volatile.Read(ref young).ByDigest.TryGetValue(digest, out var snapshot))
            return snapshot;
        var seen = Evictions;
        if (!Volatile.Read(ref old).ByDigest.TryGetValue(digest, out snapshot))
            return null;
        Remember(digest, snapshot, seen);
        return snapshot;
    }

    /// <summary>Remembers what was read, unless anything was evicted since <paramref name="seenEvictions"/> was taken.</summary>
    public void Remember(in TokenDigest digest, TokenSnapshot snapshot, long seenEvictions)
    {
        lock (turning)
        {
            if (evictions != seenEvictions)
                return;
            if (young.ByDigest.Count >= capacity / 2)
            {
                old = young;
                young = new Generation();
            }
            young.ByDigest[digest] = snapshot;
            young.DigestById[snapshot.Token.Id] = digest;
        }
    }

    public Task Apply(Changes changes)
    {
        if (changes.Tokens.Count == 0 && changes.Users.Count == 0 && !changes.Everything)
            return Task.CompletedTask;
        lock (turning)
        {
            Volatile.Write(ref evictions, evictions + 1);
            if (changes.Everything)
                (young, old) = (new Generation(), new Generation());
            foreach (var generation in (ReadOnlySpan<Generation>)[young, old])
                generation.Evict(changes);
        }
        return Task.CompletedTask;
    }

    private sealed class Generation
    {
        public ConcurrentDictionary<TokenDigest, TokenSnapshot> ByDigest { get; } = new();

        public Dictionary<long, TokenDigest> DigestById { get; } = [];

        public void Evict(Changes changes)
        {
            foreach (var id in changes.Tokens)
            {
                if (DigestById.Remove(id, out var digest))
                    ByDigest.TryRemove(digest, out _);
            }
            if (changes.Users.Count == 0)
                return;
            foreach (var (digest, snapshot) in ByDigest)
            {
                if (changes.Users.Contains(snapshot.Owner.Id))
                {
                    ByDigest.TryRemove(digest, out _);
                    DigestById.Remove(snapshot.Token.Id);
                }
            }
        }
    }
}
