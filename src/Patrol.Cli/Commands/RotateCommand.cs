using System.CommandLine;
using Patrol.Cli.Failures;
using Patrol.Cli.Sources;

namespace Patrol.Cli.Commands;

/// <summary>Replaces a token by a successor as GitLab does: the old text stops working at once. What renews without a gap is <c>patrol renew</c>.</summary>
internal sealed class RotateCommand : PatrolCommand
{
    private readonly TokenOptions token;
    private readonly Option<bool> self = new("--self") { Description = "The token that is signed in with" };
    private readonly Option<string> expires = Texts.Day("--expires", "When the successor stops working; without it a week from today, as GitLab has it");
    private readonly ChangeOptions change;
    private readonly SystemOptions system;
    private readonly FormatOption format;

    public RotateCommand()
        : base("rotate", "Replace a token by a new one; the old one stops working at once")
    {
        token = TokenOptions.Id(this);
        Options.Add(self);
        Options.Add(expires);
        change = ChangeOptions.WithUndo(this).WithForce(this);
        system = new SystemOptions(this);
        format = new FormatOption(this);
    }

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("patrol rotate 4711 --expires 2027-06-30 --profile prod", "the new text comes alone on standard output"),
        ("patrol rotate --self --yes --gitlab https://gitlab.example.com", "the token in GITLAB_TOKEN"),
    ];

    protected override async Task<ExitCode> Run(Call call, CancellationToken cancellation)
    {
        var shape = format.Of(call);
        NewTokenOutput.Demand(shape);
        var ids = token.Ids(call);
        if ((ids.Count > 0) == call.Get(self))
            throw CliFailure.Usage("Say which token: an ID, or --self.");
        DateOnly? day = call.Get(expires) is { } text ? Texts.ReadDay("--expires", text) : null;
        if (day is { } given)
            change.DemandFuture(call, given);
        change.DemandAnswer(call);
        await using var source = await system.Open(call, cancellation);
        source.Demand(ids.Count > 0 ? Ability.Rotate : Ability.RotateSelf);
        var memberships = ids.Count > 0 ? await source.EndingMemberships(ids[0], cancellation) : 0;
        var lift = memberships > 0 ? $" and lift {Memberships(memberships)}" : "";
        var what = ids.Count > 0 ? await Named(source, ids[0], call.Today, cancellation) : "the token that is signed in with";
        if (change.DryRun(call))
        {
            call.Screen.Say($"Would rotate {what}{lift}. Nothing was changed.");
            return ExitCode.Done;
        }
        if (await change.Agrees(call, $"Rotate {what}{lift}? Its text stops working at once.", cancellation))
        {
            const string did = "Rotated; the successor is token";
            await NewTokenOutput.Make(
                call, change.UndoPath(call, "rotate"), did, undo => source.Rotate(ids.Count > 0 ? ids[0] : null, day, undo, cancellation),
                made => NewTokenOutput.Write(call, shape, did, made, made.Memberships > 0 ? $" Lifted {Memberships(made.Memberships)}." : ""), source.WhyNot(Ability.UndoRotation) is null);
        }
        return ExitCode.Done;
    }

    // GitLab lifts all, however late they would have ended.
    private static string Memberships(long count) => count == 1 ? "1 membership of its bot that would have ended" : $"{count} memberships of its bot that would have ended";

    private static async Task<string> Named(ISource source, long id, DateOnly today, CancellationToken cancellation)
    {
        await foreach (var found in source.Find(new TokenFilter { Ids = [id], Today = today }, cancellation))
        {
            return found.Revoked
                ? throw new CliFailure(ExitCode.SomeRefused, $"Token {id} is revoked already, which cannot be rotated.")
                : $"token {id} '{found.Name}' of {found.Owner}";
        }
        throw new CliFailure(ExitCode.SomeRefused, $"There is no token with ID {id}.");
    }
}
