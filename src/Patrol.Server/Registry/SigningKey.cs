using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Patrol.Server.Registry;

/// <summary>A key that signs tokens for the container registry, with the certificate by which the registry knows it.</summary>
/// <param name="Kid">The registry's name for the key, by libtrust's rule.</param>
/// <param name="Key">The private key.</param>
/// <param name="Certificate">A certificate that it signed itself.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="UsedSince">Since when it signs, or signed; null if it never did.</param>
internal sealed record SigningKey(string Kid, RSA Key, X509Certificate2 Certificate, DateTimeOffset CreatedAt, DateTimeOffset? UsedSince)
{
    private const int Bits = 2048;
    private const int Years = 10;
    private const int KidBytes = 30;
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    public static SigningKey Make(DateTimeOffset now)
    {
        var key = RSA.Create(Bits);
        var request = new CertificateRequest("CN=Patrol registry tokens", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        // The registry's clock may be behind.
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(Years));
        return new SigningKey(KidOf(key), key, X509CertificateLoader.LoadCertificate(certificate.RawData), now, null);
    }

    /// <summary>
    /// libtrust's fingerprint, which docker-registry 2 compares: 240 bits of the public key's SHA-256, in base 32, four characters
    /// and a colon. https://github.com/docker/libtrust (util.go, keyIDFromCryptoKey)
    /// </summary>
    private static string KidOf(RSA key)
    {
        var hash = SHA256.HashData(key.ExportSubjectPublicKeyInfo()).AsSpan(0, KidBytes);
        var text = new StringBuilder();
        for (var bit = 0; bit < KidBytes * 8; bit += 5)
        {
            if (bit > 0 && bit % 20 == 0)
                text.Append(':');
            var two = (hash[bit / 8] << 8) | (bit / 8 + 1 < KidBytes ? hash[bit / 8 + 1] : 0);
            text.Append(Alphabet[(two >> (11 - bit % 8)) & 31]);
        }
        return text.ToString();
    }
}
