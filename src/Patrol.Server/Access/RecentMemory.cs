using System.Collections.Concurrent;

namespace Patrol.Server.Access;

/// <summary>
/// Remembers something of each of the last keys that it was told of, and of no more than so many. It is kept in two halves: when the
/// younger one is full it becomes the older one, and what was in that is forgotten. So whoever is forgotten has not been heard of
/// while half as many others were; whoever is heard of all the time never is. Nothing is ever walked through, full or not, and
/// looking takes no lock.
/// </summary>
/// <param name="most">How many keys it remembers at most.</param>
internal sealed class RecentMemory<TKey, TValue>(int most)
    where TKey : notnull
{
    private readonly Lock changing = new();
    private volatile ConcurrentDictionary<TKey, TValue> young = new();
    private volatile ConcurrentDictionary<TKey, TValue> old = new();
    private int added;

    /// <summary>What is remembered of a key; the default value if nothing is.</summary>
    public TValue? Get(TKey key) => young.TryGetValue(key, out var known) || old.TryGetValue(key, out known) ? known : default;

    /// <summary>Remembers something else of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="change">Makes it of what was remembered.</param>
    /// <returns>What is remembered now.</returns>
    public TValue Change(TKey key, Func<TValue?, TValue> change)
    {
        lock (changing)
        {
            var value = change(Get(key));
            // (Asking a concurrent dictionary how many it holds takes all its locks.)
            if (!young.ContainsKey(key) && ++added > most / 2)
                (old, young, added) = (young, new(), 1);
            young[key] = value;
            return value;
        }
    }

    /// <summary>Forgets what is remembered of a key.</summary>
    public void Forget(TKey key)
    {
        // Most often nothing is.
        if (!young.ContainsKey(key) && !old.ContainsKey(key))
            return;
        lock (changing)
        {
            young.TryRemove(key, out _);
            old.TryRemove(key, out _);
        }
    }
}
