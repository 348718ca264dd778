using System.Collections.Concurrent;
using Dapper;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Storage;
using Patrol.Server.Tokens;

namespace Patrol.Server.Imports;

/// <summary>
/// Tokens of which only the digest that Jira, Confluence or GitLab made is known here. When the right text comes for the first time,
/// our digest takes that one's place, and from then on the token is like any other. This room also brings them in.
/// What is remembered is only ever added to, as with <see cref="GivenTokens"/>.
/// </summary>
internal sealed class ForeignTokens(Database database, ChangeFeed feed, ServerSecret secret) : IChangeListener, IDisposable
{
    private readonly SlowHashing hashing = new();

    // Many connections may bring the same text at once: it is hashed once.
    private readonly ConcurrentDictionary<TokenDigest, Lazy<Task>> adopting = new();
    private volatile Memory known = new([], [], []);

    /// <summary>False if no such token can have that text, as far as can be told without hashing slowly or asking the database.</summary>
    public bool MayExist(string text)
    {
        var (numbers, parts, keys) = known;
        if (NumberedToken.TryRead(text, out var number, out _))
            return numbers.Contains(number) || !feed.IsTrusted;
        return keys.Exists(key => parts.Contains(ForeignDigest.SaltedSha256.Of(text, key).Part));
    }

    /// <summary>So many texts are being tried for the token that this one names that it would not be: a flood is not worth a look into the database.</summary>
    public bool IsCrowded(string text) => NumberedToken.TryRead(text, out var number, out _) && known.Numbers.Contains(number) && hashing.IsCrowded(number);

    /// <summary>Puts our digest in the place of the foreign one if a token has that text.</summary>
    /// <exception cref="OverloadedException">Too many texts are tried for the same token, or in all.</exception>
    public async Task Adopt(string text, TokenDigest digest)
    {
        var trial = adopting.GetOrAdd(digest, _ => new Lazy<Task>(() => Try(text, digest)));
        try
        {
            await trial.Value;
        }
        finally
        {
            adopting.TryRemove(KeyValuePair.Create(digest, trial));
        }
    }

    /// <summary>Reads all.</summary>
    public Task Load() => database.Read(async connection =>
    {
        var (numbers, parts) = (new HashSet<long>(), new HashSet<ulong>());
        foreach (var digest in await connection.QueryAsync<byte[]>("SELECT digest FROM tokens WHERE given = 2"))
        {
            if (digest[0] == ForeignDigest.Pkcs5S2.Format)
                numbers.Add(ForeignDigest.Pkcs5S2.FromBytes(digest).Number);
            else
                parts.Add(ForeignDigest.SaltedSha256.FromBytes(digest).Part);
        }
        known = new Memory(numbers, parts, parts.Count == 0 ? [] : await ImportKeys.Load(connection, secret));
        return true;
    });

    public Task Apply(Changes changes) => changes.Everything ? Load() : Task.CompletedTask;

    public void Dispose() => hashing.Dispose();

    private async Task Try(string text, TokenDigest digest)
    {
        if (!NumberedToken.TryRead(text, out var number, out var tried))
        {
            foreach (var key in known.Keys)
            {
                var hash = ForeignDigest.SaltedSha256.Of(text, key).ToBytes();
                if (await Find(hash, [.. hash, 0]) is [var found])
                    await Replace(found, digest);
            }
            return;
        }
        foreach (var candidate in await Find(ForeignDigest.Pkcs5S2.First(number), ForeignDigest.Pkcs5S2.First(number + 1)))
        {
            var hashed = ForeignDigest.Pkcs5S2.FromBytes(candidate.Digest);
            if (await hashing.IsRight(number, () => hashed.IsOf(tried)))
                await Replace(candidate, digest);
        }
    }

    private Task<List<(long Id, byte[] Digest)>> Find(byte[] first, byte[] end) =>
        database.Read(connection => TokenSql.FindForeign(connection, first, end));

    // Another server may have done it at the same moment; then the token has our digest, too.
    private Task<bool> Replace((long Id, byte[] Digest) token, TokenDigest digest) =>
        database.Write(scope => TokenSql.Adopt(scope, token.Id, token.Digest, digest));

    private sealed record Memory(HashSet<long> Numbers, HashSet<ulong> Parts, List<byte[]> Keys);
}
