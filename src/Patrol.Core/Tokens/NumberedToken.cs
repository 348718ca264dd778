using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Patrol.Core.Tokens;

/// <summary>
/// Atlassian's token text: base64 of a number of 12 digits, a colon and 20 secret bytes; 44 characters without padding, by which
/// secret scanners know it. Other authorities' bytes are all random. Of ours the last three follow from the rest and the
/// server's secret, so that an invented text is told from a real one without asking a database; 136 bits of chance remain.
/// </summary>
public static class NumberedToken
{
    /// <summary>How many characters a text has.</summary>
    public const int Length = 44;

    /// <summary>How many of a text's bytes are left to chance.</summary>
    public const int RandomBytes = 17;

    private const int NumberDigits = 12;
    private const int SecretBytes = 20;
    private const int CheckedLength = 40;
    private const int CheckBytes = 3;
    private const long LeastNumber = 100_000_000_000, MostNumber = 999_999_999_999;

    // Other digit counts than twelve have been seen in no product; if there are, they give other lengths and padding.
    private const int ShortestForeign = 32, LongestForeign = 56, MostBytes = LongestForeign / 4 * 3;

    /// <summary>Makes the digest of a part of a text, keyed with the server's secret.</summary>
    public delegate TokenDigest Keyed(ReadOnlySpan<char> part);

    /// <summary>Makes a text.</summary>
    /// <param name="random">Bytes from a cryptographic generator: 8 for the number, then <see cref="RandomBytes"/>.</param>
    /// <param name="digest">The keyed digest under the server's secret.</param>
    public static Secret Create(ReadOnlySpan<byte> random, Keyed digest)
    {
        if (random.Length != sizeof(ulong) + RandomBytes)
            throw new ArgumentException($"Needs {sizeof(ulong) + RandomBytes} bytes.", nameof(random));
        var number = LeastNumber + (long)(BinaryPrimitives.ReadUInt64BigEndian(random) % (MostNumber - LeastNumber + 1));
        byte[] body = [.. Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture)), (byte)':', .. random[sizeof(ulong)..]];
        var text = Convert.ToBase64String(body);
        return new Secret(text + Check(digest(text)));
    }

    /// <summary>True for a text that was made with that secret; false for all but one of sixteen million others.</summary>
    public static bool IsOurs(ReadOnlySpan<char> text, Keyed digest) =>
        text.Length == Length && HasForm(text) && text[CheckedLength..].SequenceEqual(Check(digest(text[..CheckedLength])));

    /// <summary>True if the text has the form, whoever made it.</summary>
    public static bool HasForm(ReadOnlySpan<char> text)
    {
        Span<byte> bytes = stackalloc byte[MostBytes];
        return Decode(text, bytes, out _) > 0;
    }

    /// <summary>Reads a text of that form.</summary>
    /// <param name="text">The text.</param>
    /// <param name="number">The number in it, which Atlassian calls the token's id.</param>
    /// <param name="secret">The secret bytes in base64, of which Atlassian keeps the digest.</param>
    public static bool TryRead(ReadOnlySpan<char> text, out long number, out string secret)
    {
        (number, secret) = (0, "");
        Span<byte> bytes = stackalloc byte[MostBytes];
        var digits = Decode(text, bytes, out var length);
        if (digits == 0 || !long.TryParse(bytes[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out number))
            return false;
        secret = Convert.ToBase64String(bytes[(digits + 1)..length]);
        return true;
    }

    // How many digits come before the colon; 0 if the text has not the form.
    private static int Decode(ReadOnlySpan<char> text, Span<byte> bytes, out int length)
    {
        length = 0;
        // A digit comes first, and so one of three letters. Nearly all other texts end here.
        if (text.Length is < ShortestForeign or > LongestForeign || text[0] is < 'M' or > 'O' || !Convert.TryFromBase64Chars(text, bytes, out length))
            return 0;
        var digits = length - SecretBytes - 1;
        if (digits <= 0 || bytes[digits] != ':' || bytes[..digits].ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return 0;
        // The reader overlooks blanks, and bits before padding; such a text is another one.
        Span<char> again = stackalloc char[LongestForeign];
        return Convert.TryToBase64Chars(bytes[..length], again, out var written) && text.SequenceEqual(again[..written]) ? digits : 0;
    }

    private static string Check(TokenDigest digest)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, digest.A);
        return Convert.ToBase64String(bytes[..CheckBytes]);
    }
}
