using System.CommandLine;
using Patrol.Cli.Failures;
using Patrol.Cli.Terminal;

namespace Patrol.Cli.Commands;

/// <summary>A command of patrol: what it takes, examples for its help, and what it does.</summary>
internal abstract class PatrolCommand : Command
{
    protected PatrolCommand(string name, string description)
        : base(name, description) =>
        SetAction((arguments, _) => FailureEdge.Run(Surroundings.Screen, cancellation => Run(new Call(arguments, Surroundings), cancellation)));

    /// <summary>Command lines for the help, each with what it does.</summary>
    public abstract IReadOnlyList<(string Line, string Does)> Examples { get; }

    /// <summary>What the program runs in; set before the command line is invoked.</summary>
    public Surroundings Surroundings { get; set; } = null!;

    protected abstract Task<ExitCode> Run(Call call, CancellationToken cancellation);
}

/// <summary>What a program runs in.</summary>
/// <param name="Screen">Standard output and error, and the person before them.</param>
/// <param name="Time">The clock, read once a run.</param>
/// <param name="Variable">The environment.</param>
internal sealed record Surroundings(Screen Screen, TimeProvider Time, Func<string, string?> Variable);

/// <summary>One run of a command.</summary>
internal sealed class Call(ParseResult arguments, Surroundings surroundings)
{
    public Screen Screen => surroundings.Screen;

    /// <summary>The instant of the run; everything in it that asks for the time gets this one.</summary>
    public DateTimeOffset Now { get; } = surroundings.Time.GetUtcNow();

    public DateOnly Today => Core.Lifetimes.UtcDay.Of(Now);

    public T? Get<T>(Option<T> option) => arguments.GetValue(option);

    public T? Get<T>(Argument<T> argument) => arguments.GetValue(argument);

    /// <summary>Whether the option stands on the command line.</summary>
    public bool Has(Option option) => arguments.GetResult(option) is { Implicit: false };

    public string? Variable(string name) => surroundings.Variable(name);
}
