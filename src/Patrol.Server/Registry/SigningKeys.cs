using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Dapper;
using Patrol.Core.Results;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Storage;

namespace Patrol.Server.Registry;

/// <summary>
/// The keys that sign the container registry's tokens, shared by all servers through the database, sealed under the server's
/// secret. The first one is made when it is first asked for. A key is changed in three steps, so that no registry meets a
/// signature that it does not know yet: a new key is published, the registry reads the certificates again, the key is put to use;
/// later the old one is retired.
/// </summary>
internal sealed class SigningKeys(Database database, ServerSecret secret, ChangeFeed feed) : IChangeListener
{
    private const string Purpose = "registry signing keys";
    private SigningKey[]? known;
    private long changes;

    /// <summary>All that are published; the one that signs is the first.</summary>
    public async ValueTask<IReadOnlyList<SigningKey>> Published(DateTimeOffset now)
    {
        if (feed.IsTrusted && Volatile.Read(ref known) is { } current)
            return current;
        var seen = Volatile.Read(ref changes);
        var keys = await Read();
        if (keys.Length == 0)
        {
            await database.Write(async scope =>
            {
                if (await scope.Scalar<long>("SELECT count(*) FROM signing_keys WHERE retired_at IS NULL") == 0)
                    await Insert(scope, SigningKey.Make(now) with { UsedSince = now });
            });
            seen = Volatile.Read(ref changes);
            keys = await Read();
        }
        Volatile.Write(ref known, keys);
        if (seen != Volatile.Read(ref changes))
            Volatile.Write(ref known, null);
        return keys;
    }

    /// <summary>Makes a key and publishes it; it does not sign yet.</summary>
    public Task<SigningKey> Add(Caller caller, DateTimeOffset now)
    {
        // Before other writers have to wait: it takes its time.
        var key = SigningKey.Make(now);
        return database.Write(async scope =>
        {
            await Insert(scope, key);
            await AuditLog.Write(scope, caller, "registry_key.create", "registry_key", null, key.Kid, now);
            return key;
        });
    }

    /// <summary>Lets a key sign from now on.</summary>
    public Task<Result<Done>> Use(Caller caller, string kid, DateTimeOffset now) => database.Write<Result<Done>>(async scope =>
    {
        // The one put to use last signs, also if that was within a millisecond.
        var last = await scope.Scalar<long>("SELECT coalesce(max(used_since), 0) FROM signing_keys");
        var at = Math.Max(now.ToUnixTimeMilliseconds(), last + 1);
        if (await scope.Execute("UPDATE signing_keys SET used_since = @at WHERE kid = @kid AND retired_at IS NULL", new { kid, at }) == 0)
            return new Refusal.NotFound("Key");
        scope.Changes.Credentials = true;
        await AuditLog.Write(scope, caller, "registry_key.use", "registry_key", null, kid, now);
        return default(Done);
    });

    /// <summary>Takes a key out of what is published. The one that signs stays.</summary>
    public async Task<Result<Done>> Retire(Caller caller, string kid, DateTimeOffset now)
    {
        if ((await Published(now))[0].Kid == kid)
            return new Refusal.Conflict("This key signs; put another one to use first");
        return await database.Write<Result<Done>>(async scope =>
        {
            if (await scope.Execute("UPDATE signing_keys SET retired_at = @at WHERE kid = @kid AND retired_at IS NULL", new { kid, at = now.ToUnixTimeMilliseconds() }) == 0)
                return new Refusal.NotFound("Key");
            scope.Changes.Credentials = true;
            await AuditLog.Write(scope, caller, "registry_key.retire", "registry_key", null, kid, now);
            return default(Done);
        });
    }

    public Task Apply(Changes changes)
    {
        if (changes.Credentials || changes.Everything)
        {
            Interlocked.Increment(ref this.changes);
            Volatile.Write(ref known, null);
        }
        return Task.CompletedTask;
    }

    private async Task<SigningKey[]> Read()
    {
        var rows = await database.Read(connection => connection.QueryAsync<Row>(
            "SELECT kid, sealed, certificate, created_at, used_since FROM signing_keys WHERE retired_at IS NULL ORDER BY coalesce(used_since, 0) DESC, id"));
        return [.. rows.Select(Open)];
    }

    private SigningKey Open(Row row)
    {
        var key = RSA.Create();
        var plain = Seal.Open(secret, Purpose, row.Sealed);
        key.ImportPkcs8PrivateKey(plain, out _);
        CryptographicOperations.ZeroMemory(plain);
        return new SigningKey(
            row.Kid, key, X509CertificateLoader.LoadCertificate(row.Certificate), DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt),
            row.UsedSince is { } since ? DateTimeOffset.FromUnixTimeMilliseconds(since) : null);
    }

    private async Task Insert(WriteScope scope, SigningKey key)
    {
        scope.Changes.Credentials = true;
        var plain = key.Key.ExportPkcs8PrivateKey();
        await scope.Execute(
            "INSERT INTO signing_keys (kid, sealed, certificate, created_at, used_since) VALUES (@Kid, @box, @certificate, @createdAt, @usedSince)",
            new
            {
                key.Kid,
                box = Seal.Close(secret, Purpose, plain),
                certificate = key.Certificate.RawData,
                createdAt = key.CreatedAt.ToUnixTimeMilliseconds(),
                usedSince = key.UsedSince?.ToUnixTimeMilliseconds(),
            });
        CryptographicOperations.ZeroMemory(plain);
    }

    private sealed record Row
    {
        public string Kid { get; init; } = "";
        public byte[] Sealed { get; init; } = [];
        public byte[] Certificate { get; init; } = [];
        public long CreatedAt { get; init; }
        public long? UsedSince { get; init; }
    }
}
