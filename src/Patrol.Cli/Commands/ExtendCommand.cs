using System.CommandLine;
using Patrol.Cli.Failures;
using Patrol.Cli.Sources;

namespace Patrol.Cli.Commands;

/// <summary>Moves the expiry date of tokens that end on one day, as GitLab's extend_expiring_tokens.rb does: not of revoked ones, not of impersonation tokens.</summary>
internal sealed class ExtendCommand : PatrolCommand
{
    private readonly Option<string> to = Texts.Day("--to", "The new expiry date");
    private readonly Option<string> by = new("--by") { Description = "How long after the old date: 30d, 6mo, 1y, 6.months", HelpName = "SPAN" };
    private readonly FilterOptions filters;
    private readonly ChangeOptions change;
    private readonly SystemOptions system;

    public ExtendCommand()
        : base("extend", "Give tokens that expire on one day another expiry date")
    {
        Options.Add(to);
        Options.Add(by);
        filters = FilterOptions.WithDay(this);
        change = ChangeOptions.WithUndo(this).WithForce(this);
        system = new SystemOptions(this);
    }

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("patrol extend --expires-on 2026-12-31 --by 6.months --profile prod", "six months more, from that day on (GitLab's extend_expiring_tokens.rb counts from today: give the day with --to)"),
        ("patrol extend --expires-on 2026-12-31 --to 2027-03-31 --kind project --kind group --profile prod", "bots' tokens only"),
        ("patrol extend --expires-on 2026-12-31 --by 1y --dry-run --profile prod", "how many they are"),
    ];

    protected override async Task<ExitCode> Run(Call call, CancellationToken cancellation)
    {
        if (call.Has(to) == call.Has(by))
            throw CliFailure.Usage("Say until when, once: --to DAY or --by SPAN.");
        var old = filters.Day(call);
        var day = call.Get(to) is { } text ? Texts.ReadDay("--to", text) : Texts.After("--by", call.Get(by)!, old);
        if (day == old)
            throw CliFailure.Usage($"--to: they expire on {old:yyyy-MM-dd} already.");
        change.DemandFuture(call, day);
        change.DemandAnswer(call);
        // GitLab's script leaves out what is revoked and what is for impersonation, and nobody else.
        var which = filters.Read(call) with { WithoutBlocked = false, WithoutRevoked = true, WithoutImpersonation = true };
        await using var source = await system.Open(call, cancellation);
        source.Demand(Ability.ChangeExpiry);
        var words = new ChangeWords(
            count => $"extend {ChangeRun.Tokens(count)} that expire{(count == 1 ? "s" : "")} on {old:yyyy-MM-dd}{Revived(count)} to {day:yyyy-MM-dd}{(day < old ? ", which ends them sooner" : "")}",
            count => $"Updated {ChangeRun.Tokens(count)} with new expiry date {day:yyyy-MM-dd}")
        {
            Nothing = $"No such token expires on {old:yyyy-MM-dd}: nothing to do.",
        };
        return await ChangeRun.Run(call, change, source, new TokenChange.MoveExpiry(old, day), which, "extend", words, cancellation);

        string Revived(long count) => old > call.Today || day <= call.Today ? "" : count == 1 ? ", which works again then," : ", which work again then,";
    }
}
