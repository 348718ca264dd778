using System.Security.Cryptography;
using System.Text;
using Patrol.Core.Tokens;
using Patrol.Server.Access;

namespace Patrol.Server.Webhooks;

/// <summary>Webhooks' secrets in the database: sealed under the server's secret, which is not there.</summary>
internal sealed class WebhookSecrets(ServerSecret secret)
{
    private const int KeyBytes = 32;
    private const string SigningPrefix = "whsec_", Purpose = "webhook secrets";

    /// <summary>The key in a text of the form <c>whsec_</c> and 32 bytes in base64 (Standard Webhooks); null if it is none.</summary>
    public static byte[]? ReadSigningKey(Secret text)
    {
        var bytes = new byte[KeyBytes + 1];
        return text.Reveal().StartsWith(SigningPrefix, StringComparison.Ordinal)
            && Convert.TryFromBase64String(text.Reveal()[SigningPrefix.Length..], bytes, out var length) && length == KeyBytes
            ? bytes[..length]
            : null;
    }

    public byte[] Seal(Secret text) => Seal(Encoding.UTF8.GetBytes(text.Reveal()));

    public byte[] Seal(ReadOnlySpan<byte> plain) => Access.Seal.Close(secret, Purpose, plain);

    /// <exception cref="CryptographicException">It was sealed under another secret.</exception>
    public byte[] Open(byte[] box) => Access.Seal.Open(secret, Purpose, box);
}
