using Dapper;
using Patrol.Core.Tokens;
using Patrol.Server.Storage;

namespace Patrol.Server.Access;

/// <summary>
/// Knows which token texts were given rather than made here, by a part of their digests. Texts made here carry a checksum, so a
/// text that has none and is not known here is refused without asking the database, however many of them come.
/// What is known is only ever added to: a token that is gone costs a look-up, one that is missed would be refused for ever.
/// </summary>
public sealed class GivenTokens(Database database, ChangeFeed feed, ServerSecret secret) : IChangeListener
{
    private readonly Lock access = new();
    private readonly HashSet<ulong> known = [];
    private int count;

    /// <summary>False if no token with that text can exist.</summary>
    public bool MayExist(ReadOnlySpan<char> text, in TokenDigest digest) =>
        RoutableToken.HasValidChecksum(text) || !feed.IsTrusted || IsKnown(digest.A) || NumberedToken.IsOurs(text, secret.Digest);

    /// <summary>How many there are, or were.</summary>
    public int Count => Volatile.Read(ref count);

    /// <summary>Reads all of them.</summary>
    public async Task Load() => Add(await database.Read(async connection =>
        (await connection.QueryAsync<byte[]>("SELECT digest FROM tokens WHERE given = 1")).Select(bytes => TokenDigest.FromBytes(bytes).A).ToList()));

    public Task Apply(Changes changes)
    {
        Add(changes.Given);
        return changes.Everything ? Load() : Task.CompletedTask;
    }

    private bool IsKnown(ulong part)
    {
        lock (access)
            return known.Contains(part);
    }

    private void Add(IReadOnlyCollection<ulong> parts)
    {
        if (parts.Count == 0)
            return;
        lock (access)
        {
            known.UnionWith(parts);
            Volatile.Write(ref count, known.Count);
        }
    }
}
