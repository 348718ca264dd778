namespace Patrol.Core.Directory;

/// <summary>
/// Wrong passwords one after the other, for one account from one address. As in Jira, three are free; then no password is looked at
/// for a while, not even the right one, and each further wrong one doubles that time.
/// </summary>
/// <param name="Count">How many there were.</param>
/// <param name="Last">When the last one came.</param>
public readonly record struct WrongPasswords(int Count, DateTimeOffset Last)
{
    /// <summary>How many are free.</summary>
    public const int Free = 3;

    private const int MostDoublings = 6;
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(15);

    /// <summary>After this time without a wrong password, what was before is forgotten; longer than the longest wait.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromHours(1);

    /// <summary>From then on a password is looked at again; null if it is now already, as far as counting goes.</summary>
    public DateTimeOffset? DeniedUntil => Count < Free ? null : Last + FirstWait * (1 << Math.Min(Count - Free, MostDoublings));

    /// <summary>True if what was before does not matter any more.</summary>
    public bool IsForgotten(DateTimeOffset now) => now - Last > Remembered;

    /// <summary>The same with one more.</summary>
    public WrongPasswords Another(DateTimeOffset now) => new(IsForgotten(now) ? 1 : Count + 1, now);
}
