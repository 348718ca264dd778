using Patrol.Cli.Failures;
using Patrol.Cli.Sources;

namespace Patrol.Cli.Commands;

/// <summary>Revokes tokens: named ones, the one with a text, or all that a filter picks.</summary>
internal sealed class RevokeCommand : PatrolCommand
{
    private readonly TokenOptions tokens;
    private readonly FilterOptions filters;
    private readonly ChangeOptions change;
    private readonly SystemOptions system;

    public RevokeCommand()
        : base("revoke", "Revoke tokens: by id, by text, or by the filters of find")
    {
        tokens = TokenOptions.Many(this);
        filters = FilterOptions.WithDates(this);
        change = ChangeOptions.WithUndo(this);
        system = new SystemOptions(this);
    }

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("patrol revoke 4711 4712 --profile prod", "two tokens"),
        ("patrol revoke --token-stdin --yes --profile prod < leaked.txt", "the one that leaked, without naming it on a command line"),
        ("patrol revoke --unused-for 1y --kind personal --state active --profile prod", "what nobody has used for a year"),
    ];

    protected override async Task<ExitCode> Run(Call call, CancellationToken cancellation)
    {
        var ids = tokens.Ids(call);
        if ((ids.Count > 0 ? 1 : 0) + (tokens.FromStdin(call) ? 1 : 0) + (filters.AreGiven(call) ? 1 : 0) != 1)
            throw CliFailure.Usage("Say which tokens, one way: by ID, with --token-stdin, or by filters such as --expires-on.");
        var which = (ids.Count > 0 ? new TokenFilter { Ids = ids, Today = call.Today } : filters.Read(call)) with { WithoutRevoked = true };
        change.DemandAnswer(call);
        await using var source = await system.Open(call, cancellation);
        source.Demand(Ability.Revoke);
        if (tokens.FromStdin(call))
        {
            ids = [(await TokenOptions.FromStdin(call, source, cancellation)).Id];
            which = which with { Ids = ids };
        }
        var missing = await Missing(source, ids, call.Today, cancellation);
        var words = new ChangeWords(count => $"revoke {ChangeRun.Tokens(count)}", count => $"Revoked {ChangeRun.Tokens(count)}")
        {
            Nothing = missing.Count > 0 && missing.Count == ids.Distinct().Count() ? "Nothing to do." : "Revoked already: nothing to do.",
            Doing = "Revoking tokens",
        };
        if (ids.Count == 0)
            words = words with { Nothing = "No such token that is not revoked already: nothing to do." };
        var code = await ChangeRun.Run(call, change, source, new TokenChange.Revoke(), which, "revoke", words, cancellation);
        if (missing.Count == 0)
            return code;
        call.Screen.Say($"There is no token with ID {string.Join(", ", missing)}.");
        return ExitCode.SomeRefused;
    }

    private static async Task<List<long>> Missing(ISource source, IReadOnlyList<long> ids, DateOnly today, CancellationToken cancellation)
    {
        if (ids.Count == 0)
            return [];
        var there = new HashSet<long>();
        await foreach (var token in source.Find(new TokenFilter { Ids = ids, Today = today }, cancellation))
            there.Add(token.Id);
        return [.. ids.Distinct().Where(id => !there.Contains(id))];
    }
}
