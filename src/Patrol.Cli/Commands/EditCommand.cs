using Patrol.Cli.Failures;
using Patrol.Cli.Output;
using Patrol.Cli.Sources;
using Patrol.Cli.Terminal;

namespace Patrol.Cli.Commands;

/// <summary>
/// The dialogue of <c>gitlab-rake gitlab:tokens:edit</c>, word for word, with what it lacks: filters, past days only when they are
/// meant, reminders armed again, and an undo file for each change.
/// </summary>
internal sealed class EditCommand : PatrolCommand
{
    private readonly FilterOptions filters;
    private readonly ChangeOptions change;
    private readonly SystemOptions system;

    public EditCommand()
        : base("edit", "Move or remove expiry dates in a dialogue, like gitlab-rake gitlab:tokens:edit")
    {
        filters = FilterOptions.WithoutDates(this);
        change = ChangeOptions.WithUndo(this).WithForce(this);
        system = new SystemOptions(this);
    }

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("patrol edit --profile prod", "the rake task's dialogue"),
        ("patrol edit --kind service-account --profile prod", "the same, on service accounts' tokens"),
        ("patrol edit --dry-run --profile prod", "to practise"),
    ];

    protected override async Task<ExitCode> Run(Call call, CancellationToken cancellation)
    {
        if (!call.Screen.CanAsk)
            throw CliFailure.Usage("edit is a dialogue and needs a terminal: use extend or remove-expiry.");
        var which = filters.Read(call);
        await using var source = await system.Open(call, cancellation);
        source.Demand(Ability.ChangeExpiry);
        await new EditDialogue(call, change, source, which).Run(cancellation);
        return ExitCode.Done;
    }
}

/// <summary>One run of the dialogue.</summary>
internal sealed class EditDialogue(Call call, ChangeOptions options, ISource source, TokenFilter which)
{
    private const string Abort = "--> Abort";

    private static readonly string[] Actions = ["Extend expiration date", "Remove expiration date", "Quit"];

    private readonly Screen screen = call.Screen;
    private int changes;

    public async Task Run(CancellationToken cancellation)
    {
        while (true)
        {
            AnalysisOutput.Write(screen, OutputFormat.Lines, await source.Analyze(which, cancellation), call.Today);
            await screen.Flush();
            screen.Say("");
            var action = await new Menu(screen, "What do you want to do?", Actions, numbered: true).Choose(cancellation);
            if (action == 2)
                return;
            if (await SelectDay(cancellation) is not { } old)
                continue;
            if (action == 0)
                await Extend(old, cancellation);
            else
                await Remove(old, cancellation);
        }
    }

    // Counted again, as the task does: the table above may be old by now.
    private async Task<DateOnly?> SelectDay(CancellationToken cancellation)
    {
        var days = (await source.Analyze(which, cancellation)).Days.Select(count => count.ExpiresAt).OfType<DateOnly>().ToList();
        var chosen = await new Menu(screen, "Select an expiration date", [.. days.Select(day => $"{day:yyyy-MM-dd}"), Abort], numbered: false).Choose(cancellation);
        return chosen < days.Count ? days[chosen] : null;
    }

    private async Task Extend(DateOnly old, CancellationToken cancellation)
    {
        var lifetime = await source.MaximumLifetime(cancellation);
        var usual = DateOnly.FromDayNumber(Math.Min(DateOnly.MaxValue.DayNumber, old.DayNumber + lifetime));
        var typed = await Question.Ask(screen, $"What would you like the new expiration date to be? ({usual:yyyy-MM-dd}) ", cancellation);
        if ((string.IsNullOrWhiteSpace(typed) ? usual : Texts.ReadTypedDay(typed)) is not { } day)
        {
            screen.Say("Invalid date, aborting...");
            return;
        }
        if (day == old)
        {
            screen.Say($"They expire on {old:yyyy-MM-dd} already.");
            return;
        }
        if (day <= call.Today && !options.Force(call))
        {
            screen.Say($"{day:yyyy-MM-dd} is not in the future: the tokens would stop working at once. Start with --force if that is meant.");
            return;
        }
        screen.Say($"\nOld expiration date: {old:yyyy-MM-dd}\nNew expiration date: {day:yyyy-MM-dd}");
        await Change(new(old, day), tokens => $"WARNING: This will now update {tokens} token(s). Are you sure?", "Updating tokens...", cancellation);
    }

    private async Task Remove(DateOnly old, CancellationToken cancellation)
    {
        screen.Say($"\nWARNING: This will remove the expiration for tokens that expire on {old:yyyy-MM-dd}.");
        await Change(new(old, null), tokens => $"This will affect {tokens} tokens. Are you sure?", "", cancellation);
    }

    private async Task Change(TokenChange.MoveExpiry move, Func<long, string> question, string announcement, CancellationToken cancellation)
    {
        var plan = await source.Plan(move, which with { ExpiresOn = move.Old }, cancellation);
        await source.Rehearse(move, cancellation);
        if (!await options.Agrees(call, question(plan.Tokens), cancellation))
            return;
        if (announcement.Length > 0)
            screen.Say(announcement);
        if (options.DryRun(call))
        {
            screen.Say("Dry run: nothing was changed.");
            return;
        }
        using var undo = UndoLog.Create(options.UndoPath(call, "edit", ++changes));
        screen.Say($"Undo file: {undo.Path}");
        var outcome = await source.CarryOut(
            plan, undo, progress => screen.Say($"Updating personal access tokens from ID {progress.FromId} to {progress.ToId}..."), cancellation);
        if (outcome.Ended is { } ended)
            throw ChangeRun.Ended(ended, ChangeRun.Did(new(_ => "", count => $"Updated {ChangeRun.Tokens(count)}"), plan, outcome, undo));
        undo.Close();
        if (outcome.Memberships > 0)
            screen.Say($"Lifted {ChangeRun.Memberships(outcome.Memberships)}.");
        screen.Say($"Updated {outcome.Tokens} tokens!");
    }
}
