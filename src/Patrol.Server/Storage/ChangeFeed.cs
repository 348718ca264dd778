using System.Diagnostics;

namespace Patrol.Server.Storage;

/// <summary>Something that remembers rows and must hear of changes to them.</summary>
public interface IChangeListener
{
    /// <summary>Forgets or reads again what changed. Called after the commit, on this server's changes and on others'.</summary>
    Task Apply(Changes changes);
}

/// <summary>
/// Carries committed changes to everything on this server that remembers rows. With PostgreSQL, other servers' changes arrive
/// through <see cref="PostgresListener"/>, which also says whether the feed can be trusted right now.
/// </summary>
public sealed class ChangeFeed
{
    private IChangeListener[] listeners = [];
    private long trustedUntil = long.MaxValue;
    private long missed;
    private long caughtUp;

    /// <summary>
    /// True while nothing can have changed without this server having been told. While false, memories must not be used.
    /// </summary>
    public bool IsTrusted => Volatile.Read(ref trustedUntil) == long.MaxValue || Stopwatch.GetTimestamp() < Volatile.Read(ref trustedUntil);

    /// <summary>The feed was proven alive; it is trusted for this long from <paramref name="provenAt"/> on.</summary>
    /// <param name="provenAt">A <see cref="Stopwatch.GetTimestamp"/> from before the proof was asked for.</param>
    /// <param name="span">How long the proof is good for.</param>
    public void Trust(long provenAt, TimeSpan span) =>
        Volatile.Write(ref trustedUntil, provenAt + (long)(span.TotalSeconds * Stopwatch.Frequency));

    /// <summary>The feed is cut: nothing remembered may be used until it is proven alive again.</summary>
    public void Distrust() => Volatile.Write(ref trustedUntil, 0);

    /// <summary>Adds a listener. All are added while the server is composed.</summary>
    public void Subscribe(IChangeListener listener) => listeners = [.. listeners, listener];

    /// <summary>Tells every listener, even if one of them fails.</summary>
    public async Task Apply(Changes changes)
    {
        if (changes.IsEmpty)
            return;
        // All are told before any is waited for: who only has to forget does so at once.
        await Task.WhenAll(Array.ConvertAll(listeners, listener => Tell(listener, changes)));
    }

    /// <summary>If a listener failed, it may remember what is no longer so: tells that everything changed, until all have heard it.</summary>
    public Task CatchUp() => Volatile.Read(ref missed) == Volatile.Read(ref caughtUp) ? Task.CompletedTask : TellEverything();

    /// <summary>Tells that anything may have changed.</summary>
    public async Task TellEverything()
    {
        var until = Volatile.Read(ref missed);
        await Apply(new Changes { Everything = true, Settings = true });
        Volatile.Write(ref caughtUp, until);
    }

    private async Task Tell(IChangeListener listener, Changes changes)
    {
        try
        {
            await listener.Apply(changes);
        }
        catch
        {
            Interlocked.Increment(ref missed);
            throw;
        }
    }
}
