namespace Patrol.Server.Telemetry;

/// <summary>Names one request in logs and in the <c>X-Request-Id</c> header: a ULID, as GitLab's are, so that ids sort by time.</summary>
internal static class CorrelationId
{
    private const string Crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    public static string New()
    {
        Span<byte> bytes = stackalloc byte[16];
        Guid.CreateVersion7().TryWriteBytes(bytes, bigEndian: true, out _);
        var value = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
        Span<char> text = stackalloc char[26];
        for (var i = text.Length - 1; i >= 0; i--, value >>= 5)
            text[i] = Crockford[(int)(value & 31)];
        return new string(text);
    }
}
