using Patrol.Cli.Failures;
using Patrol.Cli.Output;
using Patrol.Cli.Sources;

namespace Patrol.Cli.Commands;

/// <summary>What <c>gitlab-rake gitlab:tokens:analyze</c> shows: on which ten days most tokens expire.</summary>
internal sealed class AnalyzeCommand : PatrolCommand
{
    private readonly SystemOptions system;
    private readonly FormatOption format;

    public AnalyzeCommand()
        : base("analyze", "On which days most tokens expire, like gitlab-rake gitlab:tokens:analyze")
    {
        system = new SystemOptions(this);
        format = new FormatOption(this);
    }

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("patrol analyze --gitlab-db postgres://gitlab@db.example.com/gitlabhq_production", "the ten days as a table with bars"),
        ("patrol analyze --profile prod --format lines", "byte for byte what the rake task prints"),
        ("patrol analyze --profile prod --format json", "for other programs"),
    ];

    protected override async Task<ExitCode> Run(Call call, CancellationToken cancellation)
    {
        await using var source = await system.Open(call, cancellation);
        source.Demand(Ability.Analyze);
        AnalysisOutput.Write(call.Screen, format.Of(call), await source.Analyze(cancellation), call.Today);
        return ExitCode.Done;
    }
}
