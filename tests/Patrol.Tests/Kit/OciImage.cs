using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Patrol.Tests.Kit;

/// <summary>The least that is a container image: one layer with one file, in a folder as the OCI lays it out.</summary>
internal static class OciImage
{
    /// <summary>Makes it there; what is in it is the folder's name.</summary>
    public static async Task<string> Make(string root)
    {
        var content = Path.GetFileName(root);
        Directory.CreateDirectory(Path.Combine(root, "blobs/sha256"));
        using var layer = new MemoryStream();
        await using (var gzip = new GZipStream(layer, CompressionLevel.Fastest, leaveOpen: true))
        await using (var tar = new TarWriter(gzip))
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, "content") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)) });
        using var plain = new MemoryStream();
        layer.Position = 0;
        await using (var gzip = new GZipStream(layer, CompressionMode.Decompress, leaveOpen: true))
            await gzip.CopyToAsync(plain);
        var diff = Convert.ToHexStringLower(SHA256.HashData(plain.ToArray()));
        var config = Blob(Encoding.UTF8.GetBytes($$$"""{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["sha256:{{{diff}}}"]}}"""));
        var (layerDigest, layerSize) = Blob(layer.ToArray());
        var (manifest, size) = Blob(Encoding.UTF8.GetBytes($$$"""
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
             "config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{{{config.Digest}}}","size":{{{config.Size}}}},
             "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"{{{layerDigest}}}","size":{{{layerSize}}}}]}
            """));
        await File.WriteAllTextAsync(Path.Combine(root, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
        await File.WriteAllTextAsync(Path.Combine(root, "index.json"), $$$"""
            {"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{{{manifest}}}","size":{{{size}}},
             "annotations":{"org.opencontainers.image.ref.name":"latest"}}]}
            """);
        return root;

        (string Digest, int Size) Blob(byte[] bytes)
        {
            var digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
            File.WriteAllBytes(Path.Combine(root, "blobs/sha256", digest), bytes);
            return ($"sha256:{digest}", bytes.Length);
        }
    }
}
