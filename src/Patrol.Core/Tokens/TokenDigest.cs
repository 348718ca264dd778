using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Patrol.Core.Tokens;

/// <summary>
/// What is kept of a token's text: HMAC-SHA-256 of it under the server's secret. Without that secret, which is not in the
/// database, a stolen database tells nothing about any text, not even whether a guess is right.
/// </summary>
public readonly record struct TokenDigest(ulong A, ulong B, ulong C, ulong D)
{
    /// <summary>First byte of the stored form: which function made the digest, so that others' digests can stand beside ours.</summary>
    public const byte Format = 1;

    private const int StackLimit = 512;

    /// <summary>The digest of a presented or new text.</summary>
    /// <param name="secret">The server's secret, 32 bytes.</param>
    /// <param name="text">The text, any length.</param>
    public static TokenDigest Of(ReadOnlySpan<byte> secret, ReadOnlySpan<char> text)
    {
        using var keyed = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
        return Of(keyed, text);
    }

    /// <summary>The same with HMAC-SHA-256 already keyed, which saves more than half of the time.</summary>
    /// <param name="keyed">Keyed with the secret; used by one thread at a time, and ready for the next text afterwards.</param>
    /// <param name="text">The text, any length.</param>
    public static TokenDigest Of(IncrementalHash keyed, ReadOnlySpan<char> text)
    {
        var size = Encoding.UTF8.GetMaxByteCount(text.Length);
        Span<byte> utf8 = size <= StackLimit ? stackalloc byte[StackLimit] : new byte[size];
        keyed.AppendData(utf8[..Encoding.UTF8.GetBytes(text, utf8)]);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        keyed.GetHashAndReset(hash);
        return FromHash(hash);
    }

    /// <summary>The stored form: the format byte and the 32 bytes of the hash.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[1 + HMACSHA256.HashSizeInBytes];
        bytes[0] = Format;
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(1), A);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(9), B);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(17), C);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(25), D);
        return bytes;
    }

    /// <summary>Reads the stored form.</summary>
    /// <exception cref="FormatException">It has another length or format byte.</exception>
    public static TokenDigest FromBytes(ReadOnlySpan<byte> bytes) =>
        bytes.Length == 1 + HMACSHA256.HashSizeInBytes && bytes[0] == Format
            ? FromHash(bytes[1..])
            : throw new FormatException("Not a token digest of this format.");

    private static TokenDigest FromHash(ReadOnlySpan<byte> hash) => new(
        BinaryPrimitives.ReadUInt64BigEndian(hash),
        BinaryPrimitives.ReadUInt64BigEndian(hash[8..]),
        BinaryPrimitives.ReadUInt64BigEndian(hash[16..]),
        BinaryPrimitives.ReadUInt64BigEndian(hash[24..]));
}
