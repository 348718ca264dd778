using Patrol.Core.Results;

namespace Patrol.Core.Scopes;

/// <summary>The scopes of one token, in the order in which they were asked for, with a bit each for quick questions.</summary>
public sealed class ScopeSet
{
    /// <summary>No scope at all.</summary>
    public static readonly ScopeSet None = new([], 0);

    /// <summary>
    /// What a token without scopes may do, which carries all its owner's rights: told as <c>api</c>, and of an administrator's as
    /// <c>sudo</c> and <c>admin_mode</c>, too, but opens whatever any scope that the owner may hold opens.
    /// </summary>
    public static ScopeSet Unlimited(bool isAdministrator) => isAdministrator ? AdministratorsUnlimited : PeoplesUnlimited;

    private static readonly ScopeSet PeoplesUnlimited = MakeUnlimited(false, ScopeCatalog.Api);
    private static readonly ScopeSet AdministratorsUnlimited = MakeUnlimited(true, ScopeCatalog.Api, ScopeCatalog.Sudo, ScopeCatalog.AdminMode);

    private ScopeSet(string[] names, ulong mask) => (Names, Mask) = (names, mask);

    /// <summary>The names, as they are shown and stored.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>One bit for each scope of the catalog.</summary>
    public ulong Mask { get; }

    /// <summary>Whether the token carries this scope.</summary>
    public bool Has(Scope scope) => (Mask & scope.Bit) != 0;

    /// <summary>Whether the token carries any of these scopes.</summary>
    public bool HasAny(ulong mask) => (Mask & mask) != 0;

    /// <summary>Whether the token carries every scope that the other is told with.</summary>
    public bool HasAll(ScopeSet other) => other.Names.All(name => ScopeCatalog.Find(name) is { } scope && Has(scope));

    /// <summary>Reads names as asked for; the same name twice counts once.</summary>
    /// <returns>The set, or a refusal that names the field <c>scopes</c>: nothing asked for, or an unknown name.</returns>
    public static Result<ScopeSet> Parse(IEnumerable<string> names)
    {
        var kept = new List<string>();
        ulong mask = 0;
        foreach (var name in names)
        {
            if (ScopeCatalog.Find(name) is not { } scope)
                return new Refusal.Invalid("scopes", "can only contain available scopes");
            if ((mask & scope.Bit) == 0)
                kept.Add(name);
            mask |= scope.Bit;
        }
        return kept.Count == 0 ? new Refusal.Invalid("scopes", "can't be blank") : new ScopeSet([.. kept], mask);
    }

    /// <summary>Reads the stored form: names with a blank between. A name that is no longer known is shown but opens nothing.</summary>
    public static ScopeSet FromStored(string stored)
    {
        var names = stored.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        ulong mask = 0;
        foreach (var name in names)
            mask |= ScopeCatalog.Find(name)?.Bit ?? 0;
        return new ScopeSet(names, mask);
    }

    private static ScopeSet MakeUnlimited(bool isAdministrator, params Scope[] told) => new(
        Array.ConvertAll(told, scope => scope.Name),
        ScopeCatalog.All.Where(scope => ScopeCatalog.MayHold(scope, isAdministrator, isBot: false)).Aggregate(0UL, (mask, scope) => mask | scope.Bit));

    /// <summary>The stored form.</summary>
    public override string ToString() => string.Join(' ', Names);
}
