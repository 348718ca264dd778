using System.Diagnostics;
using Patrol.Cli.Failures;
using Patrol.Cli.Output;
using Patrol.Cli.Sinks;
using Patrol.Cli.Terminal;

namespace Patrol.Cli.Renewal;

/// <summary>What a run works with: systems, places, the clock, and whom it tells.</summary>
internal sealed class RenewalRun : IAsyncDisposable
{
    private readonly RenewalStep? failpoint;
    private readonly Dictionary<string, RunLock> locks = new(StringComparer.Ordinal);

    public RenewalRun(Screen screen, OutputFormat format, TimeProvider time, Func<string, string?> variable)
    {
        (Screen, Time, Variable) = (screen, time, variable);
        Output = new RenewalOutput(screen, format);
        Sources = new RenewalSources(variable);
        Sinks = new SinkCatalog(variable, screen);
        if (variable(RenewalSteps.Failpoint) is { Length: > 0 } name)
            failpoint = RenewalSteps.Named(name) ?? throw CliFailure.Usage($"{RenewalSteps.Failpoint}: there is no step '{name}'; `patrol renew steps` lists them.");
    }

    public Screen Screen { get; }

    public TimeProvider Time { get; }

    public Func<string, string?> Variable { get; }

    public RenewalOutput Output { get; }

    public RenewalSources Sources { get; }

    public SinkCatalog Sinks { get; }

    public DateOnly Today => Core.Lifetimes.UtcDay.Of(Time.GetUtcNow());

    /// <summary>Dies, as by <c>kill -9</c>, if the failpoint is this step.</summary>
    public void Passed(RenewalStep step)
    {
        if (step == failpoint)
            Process.GetCurrentProcess().Kill();
    }

    /// <summary>Keeps other runs on this machine from what this one works on, and from its journal.</summary>
    /// <param name="resources">Sources, files and databases; what is locked already stays so.</param>
    /// <param name="journal">The journal's folder.</param>
    public void Lock(IEnumerable<string> resources, string journal)
    {
        var folder = Folders.Config(Variable) is null ? journal : Path.Combine(Folders.State(Variable), "locks");
        foreach (var resource in resources.Append($"the journal {journal}"))
        {
            if (!locks.ContainsKey(resource))
                locks[resource] = RunLock.Take(folder, resource, Screen);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Sinks.DisposeAsync();
        Sources.Dispose();
        foreach (var held in locks.Values)
            held.Dispose();
    }
}
