using System.CommandLine;
using Patrol.Cli.Failures;
using Patrol.Cli.Sources;

namespace Patrol.Cli.Commands;

/// <summary>Makes a token for any user, with a new text or with one that is given.</summary>
internal sealed class CreateCommand : PatrolCommand
{
    private readonly Option<string> user = new("--user") { Description = "The owner's user name or id", HelpName = "USER", Required = true };
    private readonly Option<string> name = new("--name") { Description = "The token's name", HelpName = "NAME", Required = true };

    private readonly Option<string[]> scope = new("--scope")
    {
        Description = "What it may do: api, read_api, read_repository…; several, or with commas between; none for Jira and Confluence",
        HelpName = "SCOPE",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string> expires = Texts.Day("--expires", "When it stops working; without it as late as the system allows, 365 days from today as a rule");
    private readonly Option<bool> stdin = new("--token-stdin") { Description = "Its text comes on standard input, instead of a new one" };
    private readonly ChangeOptions change;
    private readonly SystemOptions system;
    private readonly FormatOption format;

    public CreateCommand()
        : base("create", "Make a token for a user")
    {
        foreach (var option in (Option[])[user, name, scope, expires, stdin])
            Options.Add(option);
        change = ChangeOptions.WithUndo(this).WithForce(this);
        system = new SystemOptions(this);
        format = new FormatOption(this);
    }

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("patrol create --user jane --name ci --scope api --profile prod", "its text comes alone on standard output"),
        ("patrol create --user root --name automation --scope read_api,sudo --expires 2027-06-30 --yes --gitlab-secrets /etc/gitlab/gitlab-secrets.json --gitlab-db 'host=/var/opt/gitlab/postgresql dbname=gitlabhq_production'", "instead of gitlab-rails runner"),
        ("patrol create --user jane --name migrated --scope api --token-stdin --yes --profile prod < token.txt", "with a text that is in use elsewhere"),
    ];

    protected override async Task<ExitCode> Run(Call call, CancellationToken cancellation)
    {
        var shape = format.Of(call);
        NewTokenOutput.Demand(shape);
        DateOnly? day = call.Get(expires) is { } text ? Texts.ReadDay("--expires", text) : null;
        change.DemandAnswer(call);
        await using var source = await system.Open(call, cancellation);
        source.Demand(Ability.Create);
        var secret = call.Get(stdin) ? await GivenToken.Ask(call, cancellation) : null;
        var order = await source.Check(new TokenOrder(call.Get(user)!, call.Get(name)!, Texts.ReadNames(call.Get(scope)), day, secret, change.Force(call)), cancellation);
        var until = order.Draft.ExpiresOn is { } last ? NewTokenOutput.Until(last) : "expires when the system says";
        var warning = order.OwnerState is "active" or "" ? "" : $" It will not work while {order.Owner} is {order.OwnerState.Replace('_', ' ')}.";
        if (order.Obstacle is { } obstacle)
            warning += $" {obstacle}";
        var what = $"token '{order.Draft.Name}' for {order.Owner}: {(order.Draft.Scopes.Names is [] ? "everything that they may do" : string.Join(", ", order.Draft.Scopes.Names))}; {until}";
        if (change.DryRun(call))
        {
            call.Screen.Say($"Would create {what}.{warning} Nothing was changed.");
            return ExitCode.Done;
        }
        if (await change.Agrees(call, $"Create {what}?{warning}", cancellation))
        {
            const string did = "Created token";
            await NewTokenOutput.Make(
                call, change.UndoPath(call, "create"), did, undo => source.Create(order, undo, cancellation), made => NewTokenOutput.Write(call, shape, did, made, warning), canBeTakenBack: true);
        }
        return ExitCode.Done;
    }
}
