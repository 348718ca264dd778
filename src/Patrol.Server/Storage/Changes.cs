namespace Patrol.Server.Storage;

/// <summary>What one transaction changed, by id.</summary>
public sealed class Changes
{
    /// <summary>Tokens made, changed or deleted.</summary>
    public HashSet<long> Tokens { get; init; } = [];

    /// <summary>Users whose state, rights or tokens changed as a whole.</summary>
    public HashSet<long> Users { get; init; } = [];

    /// <summary>Tokens of which only the last use changed.</summary>
    public HashSet<long> Uses { get; init; } = [];

    /// <summary>One of <see cref="Tokens"/> has a text that was given rather than made here.</summary>
    public bool GivenToken { get; set; }

    /// <summary>The instance's settings changed.</summary>
    public bool Settings { get; set; }

    /// <summary>Anything may have changed: forget all that is remembered.</summary>
    public bool Everything { get; set; }

    public bool IsEmpty => Tokens.Count == 0 && Users.Count == 0 && Uses.Count == 0 && !Settings && !Everything;
}
