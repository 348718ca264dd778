using System.Security.Cryptography;
using Patrol.Core.Tokens;

namespace Patrol.AspNetCore;

/// <summary>Makes the digests of texts under one key. Keying costs more than hashing, so each thread keeps a keyed one.</summary>
internal sealed class KeyedDigest(byte[] key) : IDisposable
{
    private readonly ThreadLocal<IncrementalHash> keyed = new(() => IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key), trackAllValues: true);

    public TokenDigest Of(ReadOnlySpan<char> text) => TokenDigest.Of(keyed.Value!, text);

    public void Dispose()
    {
        foreach (var hash in keyed.Values)
            hash.Dispose();
        keyed.Dispose();
    }
}
