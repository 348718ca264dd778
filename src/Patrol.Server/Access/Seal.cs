using System.Security.Cryptography;
using System.Text;

namespace Patrol.Server.Access;

/// <summary>
/// Encrypts what must be read again, under a key that comes of the server's secret: AES-256-GCM, a random nonce before, the tag
/// behind. Without the secret, which is not in the database, what is stored tells nothing.
/// </summary>
internal static class Seal
{
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    /// <summary>Seals bytes.</summary>
    /// <param name="secret">The server's.</param>
    /// <param name="purpose">What for: what is sealed for one thing cannot be opened as another.</param>
    /// <param name="plain">The bytes.</param>
    public static byte[] Close(ServerSecret secret, string purpose, ReadOnlySpan<byte> plain)
    {
        var box = new byte[NonceBytes + plain.Length + TagBytes];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceBytes));
        using var cipher = Cipher(secret, purpose);
        cipher.Encrypt(box.AsSpan(0, NonceBytes), plain, box.AsSpan(NonceBytes, plain.Length), box.AsSpan(NonceBytes + plain.Length));
        return box;
    }

    /// <summary>Opens what <see cref="Close"/> sealed.</summary>
    /// <exception cref="CryptographicException">It was not sealed with this secret for this purpose, or was changed.</exception>
    public static byte[] Open(ServerSecret secret, string purpose, ReadOnlySpan<byte> box)
    {
        if (box.Length < NonceBytes + TagBytes)
            throw new CryptographicException("What is sealed is too short.");
        var plain = new byte[box.Length - NonceBytes - TagBytes];
        using var cipher = Cipher(secret, purpose);
        cipher.Decrypt(box[..NonceBytes], box[NonceBytes..^TagBytes], box[^TagBytes..], plain);
        return plain;
    }

    private static AesGcm Cipher(ServerSecret secret, string purpose)
    {
        var key = new byte[KeyBytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret.Key, key, salt: [], info: Encoding.UTF8.GetBytes($"patrol: {purpose}"));
        return new AesGcm(key, TagBytes);
    }
}
