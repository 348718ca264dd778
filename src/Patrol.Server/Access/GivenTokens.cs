using Dapper;
using Patrol.Core.Tokens;
using Patrol.Server.Storage;

namespace Patrol.Server.Access;

/// <summary>
/// Knows which token texts were given rather than made here, by a part of their digests. Texts made here carry a checksum, so a
/// text that has none and is not known here is refused without asking the database, however many of them come.
/// </summary>
public sealed class GivenTokens(Database database, ChangeFeed feed) : IChangeListener
{
    private HashSet<ulong> known = [];

    /// <summary>False if no token with that text can exist.</summary>
    public bool MayExist(ReadOnlySpan<char> text, in TokenDigest digest) =>
        RoutableToken.HasValidChecksum(text) || !feed.IsTrusted || Volatile.Read(ref known).Contains(digest.A);

    /// <summary>Reads all of them.</summary>
    public async Task Load() => Volatile.Write(ref known, await Read(""));

    public async Task Apply(Changes changes)
    {
        if (changes.Everything)
            await Load();
        else if (changes.GivenToken)
            Volatile.Write(ref known, [.. known, .. await Read($"AND id IN ({string.Join(',', changes.Tokens)})")]);
    }

    private Task<HashSet<ulong>> Read(string which) => database.Read(async connection =>
        (await connection.QueryAsync<byte[]>($"SELECT digest FROM tokens WHERE given = 1 {which}")).Select(bytes => TokenDigest.FromBytes(bytes).A).ToHashSet());
}
