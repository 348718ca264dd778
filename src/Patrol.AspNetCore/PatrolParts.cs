using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Patrol.AspNetCore.InProcess;
using Patrol.AspNetCore.Introspection;

namespace Patrol.AspNetCore;

/// <summary>What there is once for each scheme: what verifies, and what hears of changes beside it.</summary>
internal sealed class PatrolParts : IDisposable
{
    private const int KeyBytes = 32;

    private readonly List<IDisposable> owned = [];

    public PatrolParts(string scheme, PatrolOptions options, ILogger logger)
    {
        var time = options.TimeProvider ?? TimeProvider.System;
        var remembered = new RememberedTokens(options.CacheCapacity);
        if (options.Database is not null)
        {
            var secret = SecretFile.Read(options.SecretFile!);
            var database = Own(SharedDatabase.Open(options.Database, options.Timeout));
            DatabaseChanges changes = database.IsPostgres ? new PostgresChanges(scheme, database, secret, remembered, logger) : new SqliteChanges(scheme, database, secret, remembered, logger);
            Listener = changes;
            Verifier = new DatabaseVerifier(scheme, Own(new KeyedDigest(secret)), database, remembered, changes, time, logger);
            return;
        }
        var authority = Own(new Authority(options));
        var events = Own(new AuthorityEvents(scheme, authority, remembered, time, logger));
        // Under a key of this moment: what is remembered says nothing about the texts.
        var digests = Own(new KeyedDigest(RandomNumberGenerator.GetBytes(KeyBytes)));
        Listener = events;
        Verifier = new IntrospectionVerifier(scheme, options, digests, authority, remembered, events, time, logger);
    }

    public PatrolVerifier Verifier { get; }

    public IHostedService Listener { get; }

    public void Dispose()
    {
        foreach (var part in owned)
            part.Dispose();
    }

    private T Own<T>(T part)
        where T : IDisposable
    {
        owned.Add(part);
        return part;
    }
}
