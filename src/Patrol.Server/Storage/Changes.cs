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

    /// <summary>
    /// Of new tokens whose text was given rather than made here: a part of the digest. It travels with the change, so that nobody
    /// has to ask the database, which might just then be away, before the token works.
    /// </summary>
    public HashSet<ulong> Given { get; init; } = [];

    /// <summary>Groups, projects or memberships changed: who may do what where.</summary>
    public bool Directory { get; set; }

    /// <summary>Credentials of services or keys that sign for them changed.</summary>
    public bool Credentials { get; set; }

    /// <summary>The instance's settings changed.</summary>
    public bool Settings { get; set; }

    /// <summary>Anything may have changed: forget all that is remembered.</summary>
    public bool Everything { get; set; }

    public bool IsEmpty => Tokens.Count == 0 && Users.Count == 0 && Uses.Count == 0 && !Directory && !Credentials && !Settings && !Everything;
}
