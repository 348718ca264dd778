using System.Buffers.Text;
using System.Security.Cryptography;
using Patrol.Server.Access;
using Patrol.Server.Storage;

namespace Patrol.Server.Sessions;

/// <summary>
/// Promises that something will be shown once, and keeps the promise once: by a row that the showing deletes, so that of all
/// servers on the database one shows it, and none does so again.
/// </summary>
internal sealed class ShowOnce(Database database, ServerSecret secret)
{
    private const int PromiseBytes = 16;

    /// <summary>A promise, to be handed over to <see cref="Keep"/> before it lapses.</summary>
    public Task<string> Promise(DateTimeOffset lapsesAt, DateTimeOffset now) => database.Write(async scope =>
    {
        var promise = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(PromiseBytes));
        await scope.Execute("DELETE FROM shown_once WHERE lapses_at <= @now", new { now = now.ToUnixTimeMilliseconds() });
        await scope.Execute(
            "INSERT INTO shown_once (digest, lapses_at) VALUES (@digest, @at)", new { digest = secret.Digest(promise).ToBytes(), at = lapsesAt.ToUnixTimeMilliseconds() });
        return promise;
    });

    /// <summary>True for the first who comes with the promise in time.</summary>
    public Task<bool> Keep(string promise, DateTimeOffset now) => database.Write(async scope =>
        await scope.Execute(
            "DELETE FROM shown_once WHERE digest = @digest AND lapses_at > @now",
            new { digest = secret.Digest(promise).ToBytes(), now = now.ToUnixTimeMilliseconds() }) == 1);
}
