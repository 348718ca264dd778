using System.Globalization;
using System.Security.Cryptography;
using Dapper;
using Patrol.Server.Access;
using Patrol.Server.Storage;

namespace Patrol.Server.Clients;

/// <summary>
/// The services that may ask about tokens. All of them are remembered, since each question carries their credentials; while this
/// server does not hear of changes they are read each time.
/// </summary>
internal sealed class KnownClients(Database database, ServerSecret secret, ChangeFeed feed) : IChangeListener
{
    private const string Prefix = "client-";
    private Dictionary<long, Client>? known;
    private long changes;

    /// <summary>All that are not revoked, the oldest first.</summary>
    public async ValueTask<IReadOnlyCollection<Client>> All() => (await Current()).Values;

    /// <summary>The service with these credentials, or null.</summary>
    public async ValueTask<Client?> Find(string clientId, string text)
    {
        if (!clientId.StartsWith(Prefix, StringComparison.Ordinal) || !long.TryParse(clientId.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return null;
        return (await Current()).GetValueOrDefault(id) is { } client && CryptographicOperations.FixedTimeEquals(client.Digest, secret.Digest(text).ToBytes()) ? client : null;
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

    private async ValueTask<Dictionary<long, Client>> Current()
    {
        if (feed.IsTrusted && Volatile.Read(ref known) is { } current)
            return current;
        var seen = Volatile.Read(ref changes);
        var clients = await database.Read(async connection =>
            (await connection.QueryAsync<Client>($"SELECT {Client.Columns} FROM clients c WHERE c.revoked_at IS NULL ORDER BY c.id")).ToDictionary(client => client.Id));
        Volatile.Write(ref known, clients);
        // Whatever changed meanwhile may have been read too early.
        if (seen != Volatile.Read(ref changes))
            Volatile.Write(ref known, null);
        return clients;
    }
}
