using System.Buffers.Text;
using System.Text;

namespace Patrol.Core.Tokens;

/// <summary>
/// GitLab's routable token text: a prefix, 16 random bytes with a small payload that says whose token it is, and a checksum
/// by which a damaged or invented text is told from a real one without asking a database.
/// Version 1 is what GitLab makes now; version 0 is what 17.7 to 18.1 made, and is still read.
/// </summary>
public static class RoutableToken
{
    /// <summary>How many random bytes a text carries.</summary>
    public const int RandomBytes = 16;

    private const int ChecksumLength = 7;
    private const int SizeLength = 2;
    private const string Version0 = ".";
    private const string Version1 = ".01.";
    private const string Digits = "0123456789abcdefghijklmnopqrstuvwxyz";

    private static readonly uint[] CrcTable = MakeCrcTable();

    /// <summary>Makes a version 1 text.</summary>
    /// <param name="prefix">What it starts with, for example <c>glpat-</c>; may be empty.</param>
    /// <param name="organizationId">GitLab's organization; 1 where there is only one.</param>
    /// <param name="userId">The owner.</param>
    /// <param name="random">16 bytes from a cryptographic generator.</param>
    public static Secret Create(string prefix, long organizationId, long userId, ReadOnlySpan<byte> random)
    {
        var payload = Payload(organizationId, userId, random);
        return Checked(prefix, [.. random, .. payload, (byte)payload.Length], Version1);
    }

    /// <summary>Makes a version 0 text, for a GitLab that makes no other; the parameters are those of <see cref="Create"/>.</summary>
    public static Secret CreateVersion0(string prefix, long organizationId, long userId, ReadOnlySpan<byte> random) =>
        Checked(prefix, [.. Payload(organizationId, userId, random), .. random, RandomBytes], Version0);

    /// <summary>
    /// True if the text ends in the checksum of what stands before it and has the shape of version 0 or 1.
    /// False says that no authority ever made this text as a routable token.
    /// </summary>
    public static bool HasValidChecksum(ReadOnlySpan<char> text)
    {
        // The shortest: one character of base64, a dot, size, checksum.
        if (text.Length < 1 + 1 + SizeLength + ChecksumLength)
            return false;
        var covered = text[..^ChecksumLength];
        var dot = covered.LastIndexOf('.');
        if (dot != covered.Length - SizeLength - 1)
            return false;
        Span<char> expected = stackalloc char[ChecksumLength];
        WriteBase36(Crc32(covered), expected);
        return text[^ChecksumLength..].SequenceEqual(expected);
    }

    private static byte[] Payload(long organizationId, long userId, ReadOnlySpan<byte> random) => random.Length == RandomBytes
        ? Encoding.ASCII.GetBytes($"o:{Base36(organizationId)}\nu:{Base36(userId)}")
        : throw new ArgumentException($"Needs {RandomBytes} bytes.", nameof(random));

    private static Secret Checked(string prefix, ReadOnlySpan<byte> body, string version)
    {
        var encoded = Base64Url.EncodeToString(body);
        var unchecked36 = $"{prefix}{encoded}{version}{Base36(encoded.Length, SizeLength)}";
        return new Secret(unchecked36 + Base36(Crc32(unchecked36), ChecksumLength));
    }

    private static uint Crc32(ReadOnlySpan<char> text)
    {
        var crc = uint.MaxValue;
        foreach (var c in text)
            crc = CrcTable[(byte)(crc ^ c)] ^ (crc >> 8);
        return ~crc;
    }

    private static uint[] MakeCrcTable()
    {
        const uint reversedPolynomial = 0xEDB88320;
        var table = new uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++)
                value = (value & 1) == 0 ? value >> 1 : (value >> 1) ^ reversedPolynomial;
            table[i] = value;
        }
        return table;
    }

    private static string Base36(long value, int width = 1)
    {
        Span<char> digits = stackalloc char[13];
        WriteBase36(value, digits);
        return digits.TrimStart('0').ToString().PadLeft(width, '0');
    }

    private static void WriteBase36(long value, Span<char> destination)
    {
        for (var i = destination.Length - 1; i >= 0; i--, value /= 36)
            destination[i] = Digits[(int)(value % 36)];
    }
}
