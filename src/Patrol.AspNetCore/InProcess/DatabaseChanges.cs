using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Patrol.AspNetCore.InProcess;

/// <summary>
/// Hears what changes in the authority's database and has it forgotten. Each proof that nothing was missed is good for a moment; when none
/// follows, nothing remembered is used and every token is read from the database.
/// </summary>
internal abstract partial class DatabaseChanges(string scheme, SharedDatabase database, byte[] secret, RememberedTokens remembered, ILogger logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private long heardUntil;

    /// <summary>Whatever changes, this service hears of it.</summary>
    public bool AreHeard => Environment.TickCount64 < Volatile.Read(ref heardUntil);

    protected SharedDatabase Database => database;

    protected RememberedTokens Memory => remembered;

    /// <exception cref="InvalidOperationException">The secret is another database's.</exception>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!await database.IsKeyedWith(secret, cancellationToken))
                throw new InvalidOperationException($"Authentication scheme '{scheme}': SecretFile does not hold the secret that keys this database's tokens; use the authority's own file.");
        }
        catch (DbException fault)
        {
            NotHeard(scheme, fault.Message);
        }
        await base.StartAsync(cancellationToken);
    }

    // On a thread of its own: on a busy service the shared ones answer late, and a late proof is no proof.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.Factory.StartNew(() => Run(stoppingToken), stoppingToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Listens until something fails.</summary>
    protected abstract void Listen(CancellationToken stopping);

    /// <summary>Nothing was missed.</summary>
    /// <param name="asked">The <see cref="Environment.TickCount64"/> from before the proof was asked for.</param>
    /// <param name="good">How long the proof is good for.</param>
    protected void Heard(long asked, TimeSpan good) => Volatile.Write(ref heardUntil, asked + (long)good.TotalMilliseconds);

    private void Run(CancellationToken stopping)
    {
        var told = "";
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                Listen(stopping);
            }
            catch (Exception fault)
            {
                // Whatever it was: a service that no longer hears must know it, and must go on trying.
                Volatile.Write(ref heardUntil, 0);
                if (told != fault.Message)
                    NotHeard(scheme, told = fault.Message);
                stopping.WaitHandle.WaitOne(Pause);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Scheme}: not hearing what changes in the database; each token is read from it until this is over: {Reason}")]
    private partial void NotHeard(string scheme, string reason);
}
