using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Patrol.Tests.Kit.Renewal;

/// <summary>A certificate authority for one test.</summary>
internal sealed class TestAuthority : IDisposable
{
    private static readonly DateTimeOffset From = DateTimeOffset.UtcNow.AddHours(-1), To = From.AddDays(2);

    private readonly X509Certificate2 own;

    public TestAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=authority of a test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        own = request.CreateSelfSigned(From, To);
    }

    /// <summary>Its certificate.</summary>
    public string Pem => own.ExportCertificatePem();

    /// <summary>A certificate for 127.0.0.1.</summary>
    public X509Certificate2 OfServer()
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Issue("CN=kubernetes", "1.3.6.1.5.5.7.3.1", key, names.Build()).CopyWithPrivateKey(key);
    }

    /// <summary>A certificate for a client, and its key.</summary>
    public (string Certificate, string Key) OfClient()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Issue("CN=patrol", "1.3.6.1.5.5.7.3.2", key);
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    public bool HasIssued(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.Add(own);
        return chain.Build(certificate);
    }

    public void Dispose() => own.Dispose();

    private X509Certificate2 Issue(string name, string usage, ECDsa key, params X509Extension[] extensions)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        foreach (var extension in extensions)
            request.CertificateExtensions.Add(extension);
        return request.Create(own, From, To, RandomNumberGenerator.GetBytes(8));
    }
}
