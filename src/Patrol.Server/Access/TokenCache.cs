using System.Collections.Concurrent;
using Patrol.Core.Tokens;
using Patrol.Server.Storage;

namespace Patrol.Server.Access;

/// <summary>
/// Remembers tokens in use, so that verifying one costs a look-up in memory. Bounded, for each dialect by itself: two generations of
/// half the size each; when the young one is full it becomes the old one, and what nobody asks for goes with the next turn.
/// An entry is never older than the last change to its token or owner: changes evict, and a reading that was under way while
/// anything was evicted is used but not remembered.
/// </summary>
/// <param name="capacity">How many of GitLab's tokens at most.</param>
/// <param name="atlassianCapacity">How many of Atlassian's at most; how long is for the verifier to look at.</param>
public sealed class TokenCache(int capacity, int atlassianCapacity) : IChangeListener
{
    private readonly Lock turning = new();
    private readonly Store gitLab = new(capacity);
    private readonly Store atlassian = new(atlassianCapacity);
    private long evictions;

    /// <summary>To be read before a token is read from the database, and handed to <see cref="Remember"/>.</summary>
    public long Evictions => Volatile.Read(ref evictions);

    /// <summary>How many tokens are remembered.</summary>
    public int Count => gitLab.Count + atlassian.Count;

    public TokenSnapshot? Find(in TokenDigest digest)
    {
        if (gitLab.FindYoung(digest) is { } snapshot || (snapshot = atlassian.FindYoung(digest)) is not null)
            return snapshot;
        var seen = Evictions;
        if ((snapshot = gitLab.FindOld(digest) ?? atlassian.FindOld(digest)) is not null)
            Remember(digest, snapshot, seen);
        return snapshot;
    }

    /// <summary>Remembers what was read, unless anything was evicted since <paramref name="seenEvictions"/> was taken.</summary>
    public void Remember(in TokenDigest digest, TokenSnapshot snapshot, long seenEvictions)
    {
        lock (turning)
        {
            if (evictions == seenEvictions)
                (snapshot.Token.Dialect == TokenDialect.Atlassian ? atlassian : gitLab).Put(digest, snapshot);
        }
    }

    public Task Apply(Changes changes)
    {
        if (changes.Tokens.Count == 0 && changes.Users.Count == 0 && !changes.Everything)
            return Task.CompletedTask;
        lock (turning)
        {
            Volatile.Write(ref evictions, evictions + 1);
            gitLab.Evict(changes);
            atlassian.Evict(changes);
        }
        return Task.CompletedTask;
    }

    private sealed class Store(int capacity)
    {
        private Generation young = new();
        private Generation old = new();

        public int Count => young.ByDigest.Count + old.ByDigest.Count;

        public TokenSnapshot? FindYoung(in TokenDigest digest) => Volatile.Read(ref young).ByDigest.GetValueOrDefault(digest);

        public TokenSnapshot? FindOld(in TokenDigest digest) => Volatile.Read(ref old).ByDigest.GetValueOrDefault(digest);

        public void Put(in TokenDigest digest, TokenSnapshot snapshot)
        {
            if (capacity == 0)
                return;
            if (young.ByDigest.Count >= Math.Max(1, capacity / 2))
            {
                // Within a bound of one there is no room for two generations.
                old = capacity == 1 ? old : young;
                young = new Generation();
            }
            young.ByDigest[digest] = snapshot;
            young.DigestById[snapshot.Token.Id] = digest;
        }

        public void Evict(Changes changes)
        {
            if (changes.Everything)
                (young, old) = (new Generation(), new Generation());
            foreach (var generation in (ReadOnlySpan<Generation>)[young, old])
                generation.Evict(changes);
        }
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
