using System.Buffers.Text;
using System.Security.Cryptography;
using Patrol.Core.Directory;
using Patrol.Core.Results;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Storage;

namespace Patrol.Server.Clients;

/// <summary>Gives a service credentials of its own. Its secret is random and kept as a digest alone.</summary>
internal sealed class CreateClient(Database database, ServerSecret secret)
{
    private const int LongestName = 255;
    private const int SecretBytes = 32;

    /// <param name="caller">The administrator.</param>
    /// <param name="name">What the service is called.</param>
    /// <param name="now">When.</param>
    /// <returns>The client and, this once, its secret.</returns>
    public Task<Result<(Client Client, Secret Text)>> Handle(Caller caller, string name, DateTimeOffset now) =>
        database.Write<Result<(Client, Secret)>>(async scope =>
        {
            if (string.IsNullOrWhiteSpace(name))
                return new Refusal.Invalid("name", "can't be blank");
            if (NameRules.CheckLength("name", name, LongestName).Refusal is { } tooLong)
                return tooLong;
            var text = $"patrol-client-{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes))}";
            var client = new Client { Name = name, Digest = secret.Digest(text).ToBytes(), CreatedBy = caller.User.Id, CreatedAt = now.ToUnixTimeMilliseconds() };
            client = client with
            {
                Id = await scope.Scalar<long>(
                    "INSERT INTO clients (name, digest, created_by, created_at) VALUES (@Name, @Digest, @CreatedBy, @CreatedAt) RETURNING id",
                    new { client.Name, client.Digest, client.CreatedBy, client.CreatedAt }),
            };
            scope.Changes.Credentials = true;
            await AuditLog.Write(scope, caller, "client.create", "client", client.Id, name, now);
            return (client, new Secret(text));
        });
}
