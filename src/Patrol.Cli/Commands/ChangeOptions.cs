using System.CommandLine;
using Patrol.Cli.Failures;
using Patrol.Cli.Terminal;

namespace Patrol.Cli.Commands;

/// <summary>What every change has: looking without touching, and an answer to its question.</summary>
internal sealed class ChangeOptions
{
    private readonly Option<bool> dryRun = new("--dry-run") { Description = "Only say what would be done" };
    private readonly Option<bool> yes = new("--yes", "-y") { Description = "Do not ask" };
    private readonly Option<string> undoFile = new("--undo-file") { Description = "Where to remember what was before (a new file in this folder)", HelpName = "PATH" };
    private readonly Option<bool> force = new("--force") { Description = "Past days are meant: the tokens stop working at once" };

    private ChangeOptions(Command command, bool undo)
    {
        command.Options.Add(dryRun);
        command.Options.Add(yes);
        if (undo)
            command.Options.Add(undoFile);
    }

    /// <summary>For a change that writes an undo file.</summary>
    public static ChangeOptions WithUndo(Command command) => new(command, undo: true);

    /// <summary>For a change that has nothing to remember.</summary>
    public static ChangeOptions WithoutUndo(Command command) => new(command, undo: false);

    /// <summary>Adds <c>--force</c>.</summary>
    public ChangeOptions WithForce(Command command)
    {
        command.Options.Add(force);
        return this;
    }

    public bool DryRun(Call call) => call.Get(dryRun);

    public bool Force(Call call) => call.Get(force);

    /// <summary>Where the undo file goes. The name tells what made it, and when to the millisecond, so that nothing is there yet.</summary>
    /// <param name="call">The run.</param>
    /// <param name="command">What makes it.</param>
    /// <param name="number">How many changes this run has made, this one included; each has a file of its own.</param>
    public string UndoPath(Call call, string command, int number = 1) =>
        Path.GetFullPath(call.Get(undoFile) ?? $"patrol-{command}-{call.Now.UtcDateTime:yyyyMMdd-HHmmss-fff}.undo") + (number > 1 ? $".{number}" : "");

    /// <summary>Refuses early what would have to ask and cannot.</summary>
    /// <exception cref="CliFailure">There is nobody to ask.</exception>
    public void DemandAnswer(Call call)
    {
        if (!call.Get(yes) && !call.Get(dryRun) && !call.Screen.CanAsk)
            throw CliFailure.Usage("This asks before it acts, and there is no terminal to ask on: add --yes, or --dry-run to see what it would do.");
    }

    /// <summary>Asks, unless <c>--yes</c> has answered.</summary>
    public async Task<bool> Agrees(Call call, string question, CancellationToken cancellation)
    {
        if (call.Get(yes) || await Question.Confirm(call.Screen, question, cancellation))
            return true;
        call.Screen.Say("Aborting!");
        return false;
    }

    /// <summary>Refuses a day on which tokens would stop working at once.</summary>
    /// <exception cref="CliFailure">The day has come and <c>--force</c> is not given.</exception>
    public void DemandFuture(Call call, DateOnly day)
    {
        if (day <= call.Today && !Force(call))
            throw CliFailure.Usage($"{day:yyyy-MM-dd} is not in the future: the tokens would stop working at once. Add --force if that is meant.");
    }
}
