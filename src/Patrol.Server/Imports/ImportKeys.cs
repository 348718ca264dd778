using System.Data.Common;
using Dapper;
using Patrol.Server.Access;
using Patrol.Server.Storage;

namespace Patrol.Server.Imports;

/// <summary>
/// The keys without which GitLab's digests cannot be compared with a text. In the database they are sealed under the server's
/// secret, so that a stolen database does not hold them.
/// </summary>
internal static class ImportKeys
{
    private const string Purpose = "import keys";

    /// <summary>All of them.</summary>
    public static async Task<List<byte[]>> Load(DbConnection connection, ServerSecret secret)
    {
        var rows = await connection.QueryAsync<byte[]>("SELECT sealed FROM import_keys");
        return [.. rows.Select(box => Seal.Open(secret, Purpose, box))];
    }

    /// <summary>Stores one, unless it is there already.</summary>
    public static Task Add(WriteScope scope, ServerSecret secret, byte[] key) => scope.Execute(
        "INSERT INTO import_keys (fingerprint, sealed) VALUES (@fingerprint, @box) ON CONFLICT (fingerprint) DO NOTHING",
        new { fingerprint = secret.Digest(Convert.ToHexString(key)).ToBytes(), box = Seal.Close(secret, Purpose, key) });
}
