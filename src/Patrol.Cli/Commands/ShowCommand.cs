using Patrol.Cli.Failures;
using Patrol.Cli.Sources;
using Patrol.Cli.Terminal;

namespace Patrol.Cli.Commands;

/// <summary>Shows one token, and why it would be refused.</summary>
internal sealed class ShowCommand : PatrolCommand
{
    private readonly TokenOptions token;
    private readonly SystemOptions system;
    private readonly FormatOption format;

    public ShowCommand()
        : base("show", "Show what a token is, and why it would be refused")
    {
        token = TokenOptions.One(this);
        system = new SystemOptions(this);
        format = new FormatOption(this);
    }

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("patrol show 4711 --profile prod", "for example the number after PersonalAccessToken/ in GitLab's log"),
        ("patrol show --token-stdin --format json --profile prod < token.txt", "whose this text is"),
    ];

    protected override async Task<ExitCode> Run(Call call, CancellationToken cancellation)
    {
        var ids = token.Ids(call);
        if ((ids.Count > 0) == token.FromStdin(call))
            throw CliFailure.Usage("Say which token: an ID, or --token-stdin.");
        await using var source = await system.Open(call, cancellation);
        source.Demand(Ability.Find);
        var found = token.FromStdin(call) ? await TokenOptions.FromStdin(call, source, cancellation) : await ById(source, ids[0], call.Today, cancellation);
        ShownToken.Write(call.Screen, format.Of(call), found, [.. Refusals(found, call.Today), .. await source.Obstacles(found, cancellation)], call.Today);
        return ExitCode.Done;
    }

    private static async Task<FoundToken> ById(ISource source, long id, DateOnly today, CancellationToken cancellation)
    {
        await foreach (var found in source.Find(new TokenFilter { Ids = [id], Today = today }, cancellation))
            return found;
        throw new CliFailure(ExitCode.SomeRefused, $"There is no token with ID {id}.");
    }

    // In the order in which GitLab looks: one that has expired and is revoked answers "expired".
    private static IEnumerable<string> Refusals(FoundToken token, DateOnly today)
    {
        if (token.IsExpiredOn(today))
            yield return $"it expired on {token.ExpiresAt:yyyy-MM-dd}";
        if (token.Revoked)
            yield return "it is revoked";
        if (token.OwnerState is { } state and not ("active" or ""))
            yield return $"its owner {token.Owner} is {state.Replace('_', ' ')}";
        if (token.Scopes.Count == 0 && !token.IsUnscoped)
            yield return "it has no scope";
    }
}
