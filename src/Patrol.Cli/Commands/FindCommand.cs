using Patrol.Cli.Failures;
using Patrol.Cli.Output;
using Patrol.Cli.Sources;

namespace Patrol.Cli.Commands;

/// <summary>Finds tokens by their dates and by what they are.</summary>
internal sealed class FindCommand : PatrolCommand
{
    private readonly FilterOptions filters;
    private readonly SystemOptions system;
    private readonly FormatOption format;

    public FindCommand()
        : base("find", "Find tokens: by when they expire, when they were used last, and what they are")
    {
        filters = FilterOptions.WithDates(this);
        system = new SystemOptions(this);
        format = new FormatOption(this);
    }

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("patrol find --expires-on 2026-12-31 --profile prod", "who has to act before that day"),
        ("patrol find --expires-within 1.month --kind project --kind group --profile prod", "bots' tokens that end in a month"),
        ("patrol find --no-expiry --state active --format csv --profile prod > endless.csv", "for a spreadsheet"),
        ("patrol find --unused-for 6mo --state active --owner robin --format json --profile prod", "what robin could give back"),
    ];

    protected override async Task<ExitCode> Run(Call call, CancellationToken cancellation)
    {
        var filter = filters.Read(call);
        await using var source = await system.Open(call, cancellation);
        source.Demand(Ability.Find);
        await TokenOutput.Write(call.Screen, format.Of(call), filters.Criterion(call), call.Today, source.Find(filter, cancellation), cancellation);
        return ExitCode.Done;
    }
}
