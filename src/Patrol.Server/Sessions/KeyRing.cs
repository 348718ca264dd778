using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Dapper;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.Options;
using Patrol.Server.Access;
using Patrol.Server.Storage;

namespace Patrol.Server.Sessions;

/// <summary>
/// The keys that seal cookies and forms: in the database, so that servers on one database share them and a restart breaks no
/// form, and there only sealed under the server's secret, which is not in the database.
/// </summary>
internal sealed class KeyRing(Database database) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements() => database.Read(async connection =>
        (await connection.QueryAsync<string>("SELECT body FROM protection_keys ORDER BY name")).Select(XElement.Parse).ToList()).GetAwaiter().GetResult();

    public void StoreElement(XElement element, string friendlyName) => database.Write(scope => scope.Execute(
        "INSERT INTO protection_keys (name, body) VALUES (@friendlyName, @body) ON CONFLICT (name) DO NOTHING",
        new { friendlyName, body = element.ToString(SaveOptions.DisableFormatting) })).GetAwaiter().GetResult();
}

/// <summary>Puts the ring in the place of files in somebody's home folder.</summary>
internal sealed class UseKeyRing(KeyRing ring, SealKeys seal) : IConfigureOptions<KeyManagementOptions>
{
    public void Configure(KeyManagementOptions options) => (options.XmlRepository, options.XmlEncryptor) = (ring, seal);
}

/// <summary>Seals a key under the server's secret.</summary>
internal sealed class SealKeys(ServerSecret secret) : IXmlEncryptor
{
    private const string Purpose = "keys of cookies and forms";

    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var box = Seal.Close(secret, Purpose, Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting)));
        return new EncryptedXmlInfo(new XElement("sealed", Convert.ToBase64String(box)), typeof(UnsealKeys));
    }

    /// <summary>Opens what was sealed.</summary>
    /// <exception cref="CryptographicException">It was sealed under another secret, or changed.</exception>
    public static XElement Open(ServerSecret secret, XElement sealedElement) =>
        XElement.Parse(Encoding.UTF8.GetString(Seal.Open(secret, Purpose, Convert.FromBase64String(sealedElement.Value))));
}

/// <summary>Opens a sealed key; the framework makes it by its name, which stands beside the key.</summary>
internal sealed class UnsealKeys(IServiceProvider services) : IXmlDecryptor
{
    public XElement Decrypt(XElement encryptedElement) => SealKeys.Open(services.GetRequiredService<ServerSecret>(), encryptedElement);
}
