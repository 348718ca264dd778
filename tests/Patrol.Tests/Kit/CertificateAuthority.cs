using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Patrol.Tests.Kit;

/// <summary>An authority of the tests' own, which nobody trusts who is not told to.</summary>
internal sealed class CertificateAuthority : IDisposable
{
    private static readonly DateTimeOffset Today = TimeProvider.System.GetUtcNow();
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 certificate;

    public CertificateAuthority()
    {
        var request = new CertificateRequest("CN=Tests", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        certificate = request.CreateSelfSigned(Today.AddDays(-2), Today.AddDays(2));
    }

    /// <summary>Its certificate as a file; answers <c>SSL_CERT_FILE=…</c>, by which a process trusts it.</summary>
    public string Trusted(TemporaryFolder folder)
    {
        File.WriteAllText(folder["authority.pem"], certificate.ExportCertificatePem());
        return $"SSL_CERT_FILE={folder["authority.pem"]}";
    }

    /// <summary>A server's certificate.</summary>
    /// <param name="name">The host for which it is.</param>
    /// <param name="ended">It was good until yesterday.</param>
    public X509Certificate2 Issue(string name, bool ended = false)
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", own, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        if (name == "localhost")
            names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(certificate, Today.AddDays(-2), Today.AddDays(ended ? -1 : 1), RandomNumberGenerator.GetBytes(8));
        using var whole = issued.CopyWithPrivateKey(own);
        // Once through a file's form: what the platform's TLS wants.
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pfx), null);
    }

    public void Dispose()
    {
        certificate.Dispose();
        key.Dispose();
    }
}
