using Patrol.Cli.Failures;
using Patrol.Cli.Sources;

namespace Patrol.Cli.Commands;

/// <summary>Takes the expiry date from tokens that end on one day, as <c>gitlab-rake gitlab:tokens:edit</c> does: from all of them, narrowed by filters.</summary>
internal sealed class RemoveExpiryCommand : PatrolCommand
{
    private readonly FilterOptions filters;
    private readonly ChangeOptions change;
    private readonly SystemOptions system;

    public RemoveExpiryCommand()
        : base("remove-expiry", "Let tokens that expire on one day never expire")
    {
        filters = FilterOptions.WithDay(this);
        change = ChangeOptions.WithUndo(this);
        system = new SystemOptions(this);
    }

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("patrol remove-expiry --expires-on 2026-12-31 --profile prod", "all that end on that day"),
        ("patrol remove-expiry --expires-on 2026-12-31 --kind service-account --yes --profile prod", "service accounts' only, without a question"),
    ];

    protected override async Task<ExitCode> Run(Call call, CancellationToken cancellation)
    {
        var old = filters.Day(call);
        change.DemandAnswer(call);
        var which = filters.Read(call) with { WithoutBlocked = false };
        await using var source = await system.Open(call, cancellation);
        source.Demand(Ability.ChangeExpiry);
        var words = new ChangeWords(
            count => $"remove the expiry date {old:yyyy-MM-dd} of {ChangeRun.Tokens(count)}",
            count => $"Updated {ChangeRun.Tokens(count)}: {(count == 1 ? "it never expires" : "they never expire")} now")
        {
            Nothing = $"No such token expires on {old:yyyy-MM-dd}: nothing to do.",
        };
        return await ChangeRun.Run(call, change, source, new TokenChange.MoveExpiry(old, null), which, "remove-expiry", words, cancellation);
    }
}
