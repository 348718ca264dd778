using System.CommandLine;
using Patrol.Cli.Failures;
using Patrol.Cli.Output;
using Patrol.Cli.Sources;

namespace Patrol.Cli.Commands;

/// <summary>On which coming days most tokens expire.</summary>
internal sealed class DatesCommand : PatrolCommand
{
    private const int Most = 100_000;

    private readonly Option<int> top = new("--top", "-n") { Description = "How many days (10)", HelpName = "N", DefaultValueFactory = _ => ExpiryAnalysis.Top };
    private readonly SystemOptions system;
    private readonly FormatOption format;

    public DatesCommand()
        : base("dates", "On which coming days most tokens expire")
    {
        Options.Add(top);
        system = new SystemOptions(this);
        format = new FormatOption(this);
    }

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("patrol dates --profile prod", "the ten worst days to come"),
        ("patrol dates --top 100 --format csv --profile prod", "a hundred, for a spreadsheet"),
    ];

    protected override async Task<ExitCode> Run(Call call, CancellationToken cancellation)
    {
        if (call.Get(top) is < 1 or > Most)
            throw CliFailure.Usage($"--top: a number from 1 to {Most}.");
        await using var source = await system.Open(call, cancellation);
        source.Demand(Ability.Analyze);
        AnalysisOutput.WriteDates(call.Screen, format.Of(call), await source.ComingDates(call.Get(top), cancellation), call.Today);
        return ExitCode.Done;
    }
}
