using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Patrol.Core.Tokens;

/// <summary>
/// A digest that another system made, held until the token is used for the first time here and ours takes its place. The stored
/// form begins with a byte that says which function made it, so that it can stand beside <see cref="TokenDigest"/>.
/// </summary>
public abstract record ForeignDigest
{
    private ForeignDigest()
    {
    }

    /// <summary>The form in which it is stored.</summary>
    public abstract byte[] ToBytes();

    /// <summary>
    /// Atlassian's <c>{PKCS5S2}</c>: PBKDF2 with HMAC-SHA-1 of the secret part in base64, 10,000 rounds. Found by the number in the
    /// text; salted, so that each has to be tried.
    /// </summary>
    public sealed record Pkcs5S2 : ForeignDigest
    {
        /// <summary>First byte of the stored form.</summary>
        public const byte Format = 2;

        private const string Mark = "{PKCS5S2}";
        private const int Rounds = 10_000;
        private const int SaltLength = 16, KeyLength = 32;

        // Salt and key.
        private readonly byte[] bytes;

        private Pkcs5S2(long number, byte[] bytes) => (Number, this.bytes) = (number, bytes);

        /// <summary>The number in the token's text.</summary>
        public long Number { get; }

        /// <summary>Reads what stands in Atlassian's column; null if it is something else.</summary>
        public static Pkcs5S2? Read(long number, string hashed)
        {
            var bytes = new byte[SaltLength + KeyLength + 1];
            return hashed.StartsWith(Mark, StringComparison.Ordinal) && Convert.TryFromBase64String(hashed[Mark.Length..], bytes, out var length) &&
                length == SaltLength + KeyLength
                    ? new Pkcs5S2(number, bytes[..length])
                    : null;
        }

        /// <summary>Reads the stored form.</summary>
        /// <exception cref="FormatException">It is another one.</exception>
        public static Pkcs5S2 FromBytes(ReadOnlySpan<byte> stored) =>
            stored.Length == 1 + sizeof(long) + SaltLength + KeyLength && stored[0] == Format
                ? new Pkcs5S2(BinaryPrimitives.ReadInt64BigEndian(stored[1..]), stored[(1 + sizeof(long))..].ToArray())
                : throw new FormatException("Not a digest of this format.");

        /// <summary>Stored forms of this number lie from here up to the same of the next number.</summary>
        public static byte[] First(long number)
        {
            var bytes = new byte[1 + sizeof(long)];
            bytes[0] = Format;
            BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(1), number);
            return bytes;
        }

        /// <inheritdoc/>
        public override byte[] ToBytes() => [.. First(Number), .. bytes];

        /// <summary>Whether it was made of this secret. Takes milliseconds of a processor, on purpose.</summary>
        /// <param name="secret">The secret part of the text in base64, as <see cref="NumberedToken.TryRead"/> gives it.</param>
        public bool IsOf(string secret)
        {
            var key = Rfc2898DeriveBytes.Pbkdf2(Encoding.ASCII.GetBytes(secret), bytes.AsSpan(0, SaltLength), Rounds, HashAlgorithmName.SHA1, KeyLength);
            return CryptographicOperations.FixedTimeEquals(key, bytes.AsSpan(SaltLength));
        }
    }

    /// <summary>GitLab's: SHA-256 of the text and the first 32 bytes of <c>db_key_base</c>. Found by itself.</summary>
    public sealed record SaltedSha256 : ForeignDigest
    {
        /// <summary>First byte of the stored form.</summary>
        public const byte Format = 3;

        /// <summary>How many bytes of <c>db_key_base</c> count.</summary>
        public const int KeyLength = 32;

        private readonly byte[] hash;

        private SaltedSha256(byte[] hash) => this.hash = hash;

        /// <summary>A part of it by which it is known to exist before anybody asks a database.</summary>
        public ulong Part => BinaryPrimitives.ReadUInt64BigEndian(hash);

        /// <summary>Reads what stands in GitLab's column; null if it is something else.</summary>
        public static SaltedSha256? Read(string digest)
        {
            var bytes = new byte[SHA256.HashSizeInBytes + 1];
            return Convert.TryFromBase64String(digest, bytes, out var length) && length == SHA256.HashSizeInBytes ? new SaltedSha256(bytes[..length]) : null;
        }

        /// <summary>Reads the stored form.</summary>
        /// <exception cref="FormatException">It is another one.</exception>
        public static SaltedSha256 FromBytes(ReadOnlySpan<byte> stored) => stored.Length == 1 + SHA256.HashSizeInBytes && stored[0] == Format
            ? new SaltedSha256(stored[1..].ToArray())
            : throw new FormatException("Not a digest of this format.");

        /// <summary>The digest of a text.</summary>
        /// <param name="text">The token's text.</param>
        /// <param name="key">The first <see cref="KeyLength"/> bytes of <c>db_key_base</c>.</param>
        public static SaltedSha256 Of(string text, ReadOnlySpan<byte> key) => new(SHA256.HashData([.. Encoding.UTF8.GetBytes(text), .. key]));

        /// <summary>What stands in GitLab's column, as <see cref="Read"/> takes it.</summary>
        public string ToText() => Convert.ToBase64String(hash);

        /// <inheritdoc/>
        public override byte[] ToBytes() => [Format, .. hash];
    }
}
