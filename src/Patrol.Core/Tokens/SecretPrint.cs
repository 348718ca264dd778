using System.Security.Cryptography;

namespace Patrol.Core.Tokens;

/// <summary>
/// By which it is told whether a secret is the one that keys a database's digests. It lies in the database and tells nothing of the secret.
/// </summary>
public static class SecretPrint
{
    /// <summary>The row of the settings in which it lies.</summary>
    public const int Row = 2;

    /// <summary>The print of a secret, in hexadecimal.</summary>
    public static string Of(ReadOnlySpan<byte> secret) => Convert.ToHexStringLower(HMACSHA256.HashData(secret, "patrol: which secret is this"u8));
}
