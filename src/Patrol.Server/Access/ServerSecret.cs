using System.Security.Cryptography;
using Patrol.Core.Tokens;

namespace Patrol.Server.Access;

/// <summary>The secret that keys the digests of token texts. It is not in the database.</summary>
public sealed class ServerSecret(byte[] key) : IDisposable
{
    // Keying costs more than hashing, so each thread keeps a keyed one.
    private readonly ThreadLocal<IncrementalHash> keyed = new(() => IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key), trackAllValues: true);

    public ReadOnlySpan<byte> Key => key;

    /// <summary>The digest of a token's text.</summary>
    public TokenDigest Digest(ReadOnlySpan<char> text) => TokenDigest.Of(keyed.Value!, text);

    public void Dispose()
    {
        foreach (var hash in keyed.Values)
            hash.Dispose();
        keyed.Dispose();
    }
}
