using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Patrol.Server.Storage;
using Patrol.Server.Telemetry;

namespace Patrol.Tests.Kit;

/// <summary>Two servers on one PostgreSQL database with one secret, as behind a load balancer.</summary>
internal sealed class Neighbours : IAsyncDisposable
{
    /// <summary>The product's promise: what one server revokes no other accepts after this, whatever happens to the lines between them.</summary>
    public static readonly TimeSpan Promised = TimeSpan.FromSeconds(2);

    private Neighbours(PatrolApp one, PatrolApp other) => (One, Other) = (one, other);

    public PatrolApp One { get; }

    public PatrolApp Other { get; }

    /// <summary>Starts both. The other one reaches the database over a line that can be cut, if there is one, and has more options.</summary>
    public static async Task<Neighbours> Start(PostgresServer postgres, TcpProxy? line = null, params string[] options)
    {
        var database = await postgres.NewDatabase();
        var one = await PatrolApp.Start($"--database={database}");
        var reached = line is null ? database
            : postgres.ConnectionString(new NpgsqlConnectionStringBuilder(database).Database!, line.Port) + ";Command Timeout=2;Cancellation Timeout=-1";
        var other = await PatrolApp.Start([$"--database={reached}", $"--secret-file={Path.Combine(one.DataFolder, "secret")}", .. options]);
        var neighbours = new Neighbours(one, other);
        await neighbours.Hear();
        return neighbours;
    }

    /// <summary>Waits until both hear each other.</summary>
    public Task Hear() => Eventually.True(
        () => One.Services.GetRequiredService<ChangeFeed>().IsTrusted && Other.Services.GetRequiredService<ChangeFeed>().IsTrusted, "both servers hear each other");

    /// <summary>Waits until the other server answers for a token out of its memory.</summary>
    public async Task Remember(string token)
    {
        var metrics = Other.Services.GetRequiredService<Metrics>();
        await Eventually.True(
            async () =>
            {
                var before = metrics.LookUps;
                return await Verify(Other, token) == 204 && metrics.LookUps == before;
            },
            "the other server remembers the token");
    }

    /// <summary>The verification door's status for a token.</summary>
    public static async Task<int> Verify(PatrolApp app, string token, CancellationToken cancellation = default)
    {
        using var client = app.Client(token);
        using var answer = await client.GetAsync(new Uri(app.Address, "/auth/verify"), cancellation);
        return (int)answer.StatusCode;
    }

    /// <summary>
    /// Asks the other server again and again until the promised time is over; answers how long after the start it last accepted
    /// a request, by the moment at which it was sent. A server that does not answer does not accept.
    /// </summary>
    public async Task<TimeSpan> LastAccepted(string token)
    {
        var since = Stopwatch.GetTimestamp();
        var last = TimeSpan.Zero;
        while (Stopwatch.GetElapsedTime(since) is var sent && sent < Promised * 2)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
            try
            {
                if (await Verify(Other, token, patience.Token) == 204)
                    last = sent;
                else if (sent > Promised)
                    break;
            }
            catch (OperationCanceledException)
            {
                continue;
            }
        }
        return last;
    }

    public async ValueTask DisposeAsync()
    {
        await Other.DisposeAsync();
        await One.DisposeAsync();
    }
}
